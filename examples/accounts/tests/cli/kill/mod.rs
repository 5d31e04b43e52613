//! Commands that are killed (`kill -9`) at any moment. The database has each change that a command has reported, and no
//! change in part. Each mail is about a stored change, and none is lost.

mod call;
mod checks;
mod history;
mod moment;
mod plan;
mod replay;
mod round;
mod tables;
mod tally;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use test_support::rounds;

use self::call::{Call, What};
use self::checks::Hashes;
use self::history::History;
use self::moment::Moment;
use self::plan::Plan;
use self::tally::Tally;
use crate::database::Database;
use crate::mails::{Mail, mails};
use crate::random::{Random, kill_seed};
use crate::world::World;

#[test]
fn a_file_of_sqlite_survives_whatever_kills_the_program() {
    Test::new(World::sqlite()).run(rounds(200));
}

#[test]
#[ignore = "needs LBACK_POSTGRES_URL"]
fn a_postgresql_survives_whatever_kills_the_program() {
    let mut world = World::postgres();
    // Most of a call would be the beginning of TLS, and most calls would be killed in that.
    world.database += "&sslmode=disable";
    Test::new(world).run(rounds(50));
}

struct Test {
    world: World,
    random: Random,
    history: History,
    hashes: Hashes,
    tally: Tally,
}

impl Test {
    fn new(world: World) -> Self {
        Self {
            world,
            random: Random::new(kill_seed()),
            history: History::default(),
            hashes: Hashes::new(),
            tally: Tally::default(),
        }
    }

    fn run(mut self, rounds: u32) {
        let start = Instant::now();
        let usual = self.begin();
        while self.tally.rounds < rounds {
            let calls = Plan::calls(&mut self.random, &self.history);
            let moment = self.moment(usual);
            let lag = match self.random.below(3) {
                0 => Duration::from_millis(6).mul_f64(self.random.part()),
                _ => Duration::ZERO,
            };
            let first = self.history.calls.len();
            println!("round {}: {moment:?}, {lag:?} later", self.tally.rounds + 1);
            self.round(calls, moment, lag);
            self.tally.count(&self.history, first);
            self.look_again(first);
        }
        self.end();
        println!("{}, in {:?}", self.tally, start.elapsed());
    }

    /// Makes some accounts, and returns how long it takes without a kill.
    fn begin(&mut self) -> Duration {
        // The first makes the tables.
        self.undisturbed(vec![Call::register("ada", "the first password")]);
        Database::open(&self.world).slow_down();
        let others = ["bob", "eve", "mallory"];
        let others = others.map(|name| Call::register(name, "the second password"));
        let start = Instant::now();
        self.undisturbed(others.into());
        let usual = start.elapsed();
        let sent = self.history.sent.iter();
        self.undisturbed(sent.map(|sent| sent.using("")).collect());
        usual
    }

    fn moment(&mut self, usual: Duration) -> Moment {
        match self.random.below(10) {
            0 => Moment::After(usual.mul_f64(self.random.part())),
            1..=3 => Moment::Commit(self.random.below(6) + 1),
            4..=7 => Moment::Mail(self.random.below(2) + 1),
            _ => Moment::Word(self.random.below(3) + 1),
        }
    }

    /// Runs calls at once, kills them, and looks at all that there is then.
    fn round(&mut self, calls: Vec<Call>, moment: Moment, lag: Duration) {
        let history = &mut self.history;
        let first = history.calls.len();
        let ends = round::run(&self.world, first, &calls, moment, lag);
        history.calls.extend(calls.into_iter().zip(ends));

        Database::wait_for_the_killed(&self.world);
        // The next one works, and is the first to open what was left behind.
        let list = self.world.run(&["list", "--json"], &[]);
        assert!(list.status.success(), "{list:?}");
        history.read(&mut Database::open(&self.world));
        let listed = String::from_utf8(list.stdout).unwrap();
        assert_eq!(listed.lines().count(), history.tables.accounts.len());

        checks::calls_are_whole(history);
        checks::log_agrees_with_tables(history, &mut self.hashes);
        checks::tokens_work_once(history);
        let mails = mails(&round::mails(&self.world, first));
        let sent = checks::mails_are_true(history, &mails);
        history.sent.extend(sent);
        let with_token = mails
            .iter()
            .filter_map(|mail| Some((mail.token()?.0, mail.to.clone())));
        history.mails.extend(with_token);
        for mail in &mails {
            let is_whole = !mail.file.starts_with('.') && mail.is_whole;
            assert!(is_whole, "{} is left behind", mail.file);
        }
        let is_notice = |mail: &Mail| mail.token().is_none();
        let notices = mails.into_iter().filter(is_notice);
        history
            .notices
            .extend(notices.map(|mail| (mail.subject, mail.to)));
        checks::requests_have_their_mails(history);
        checks::notices_are_true(history);
    }

    /// Runs calls of which none stands in another's way, and which come to what the tables say.
    fn undisturbed(&mut self, calls: Vec<Call>) {
        let before = &self.history;
        let first = before.calls.len();
        let codes: Vec<_> = calls.iter().map(|call| before.foresees(call)).collect();
        self.round(calls, Moment::Never, Duration::ZERO);

        let after = &self.history;
        for ((call, end), code) in after.calls[first..].iter().zip(codes) {
            let is_foreseen = end.code == Some(code) || end.said.contains("too many");
            assert!(is_foreseen, "{call:?}, {end:?}, and not {code}");
        }
    }

    /// Tries again what was killed: a token works if it was not used up, and a password if it is set.
    fn look_again(&mut self, first: usize) {
        let mut calls = Vec::new();
        let mut tokens = BTreeSet::new();
        for (call, _) in &self.history.calls[first..] {
            if call.token().is_some_and(|(_, token)| tokens.insert(token)) && self.random.once_in(2)
            {
                calls.push(call.clone());
            }
            if let What::ChangePassword { old, new } = &call.what {
                calls.extend([old, new].map(|password| Call::sign_in(&call.account, password)));
            }
        }
        if !calls.is_empty() {
            self.undisturbed(calls);
        }
    }

    /// Sends the mails that wait, and tries all tokens that were used up.
    fn end(&mut self) {
        let first = self.history.calls.len();
        // The killed workers hold a few until their leases expire.
        let drained = self.world.call(&["durable", "drain"]);
        let drained = round::mailing(drained, &self.world, first)
            .output()
            .unwrap();
        assert!(drained.status.success(), "{drained:?}");
        let denied = Call::sign_in("ada", "not the password of any account");
        self.undisturbed(vec![denied]);
        let tables = &self.history.tables;
        assert!(tables.requests.is_empty(), "a mail is still missing");
        assert_eq!(tables.notices, 0, "a notice is still missing");

        let sent = self.history.sent.iter();
        let used = sent.filter(|sent| tables.token(sent.purpose, &sent.token).is_none());
        let calls: Vec<_> = used
            .map(|sent| sent.using("a password that comes too late"))
            .collect();
        for some in calls.chunks(8) {
            self.undisturbed(some.to_vec());
        }
        let log = self.world.run(&["audit", "--json"], &[]);
        let log = String::from_utf8(log.stdout).unwrap();
        assert_eq!(log.lines().count(), self.history.tables.log.len());
    }
}
