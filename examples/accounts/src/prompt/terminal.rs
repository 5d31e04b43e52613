//! The terminal, on which what is typed is not shown.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, Termios, tcdrain, tcgetattr, tcgetpgrp, tcsetattr,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use zeroize::Zeroizing;

use super::line::line;

/// Linux keeps 4095 bytes of a line that is typed, and drops the others without a word: one of so many
/// may be a part of another.
const MAX_LINE: usize = 4094;

/// The settings to go back to, while what is typed is not shown.
static SHOWING: Mutex<Option<Termios>> = Mutex::new(None);

/// Hides what is typed, until it is dropped or a signal ends this program.
pub(super) struct Terminal {
    /// Of one byte, so that nothing that is typed is left in it.
    device: BufReader<Device>,
}

impl Terminal {
    pub(super) fn open() -> anyhow::Result<Self> {
        let open = || {
            let device = File::options().read(true).write(true).open("/dev/tty")?;
            // In the background this stops: before the settings are read, which are another program's there,
            // and while signals still have their usual effect at once.
            tcdrain(&device)?;
            restore_before_the_end(device.try_clone()?)?;
            hide(&device)?;
            Ok::<_, io::Error>(device)
        };
        let device = open().context("cannot ask on the terminal")?;
        Ok(Self {
            device: BufReader::with_capacity(1, Device(device)),
        })
    }

    pub(super) fn ask(&mut self, label: &str, what: &str) -> anyhow::Result<Zeroizing<String>> {
        write!(&self.device.get_ref().0, "{label}: ").context("cannot write to the terminal")?;
        match line(&mut self.device, MAX_LINE, what, "on the terminal")? {
            Some(line) => Ok(line),
            None => bail!("there is no {what} on the terminal"),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(show(&self.device.get_ref().0));
    }
}

struct Device(File);

impl Read for Device {
    /// Waits before it reads: who reads in the background is stopped as often as it is continued, and
    /// could not be ended by a signal there.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        poll(&mut [PollFd::new(&self.0, PollFlags::IN)], None)?;
        self.0.read(buffer)
    }
}

fn hide(device: &File) -> io::Result<()> {
    let mut showing = showing();
    let settings = tcgetattr(device)?;
    let mut hiding = settings.clone();
    hiding.local_modes.remove(LocalModes::ECHO);
    // The end of the line is shown, so that the next output begins on a new line.
    hiding.local_modes.insert(LocalModes::ECHONL);
    tcsetattr(device, OptionalActions::Now, &hiding)?;
    *showing = Some(settings);
    Ok(())
}

/// As long as the returned guard is held, no other thread hides the input again.
fn show(device: &File) -> MutexGuard<'static, Option<Termios>> {
    let mut showing = showing();
    if let Some(settings) = showing.take() {
        // It fails if the terminal is gone, and then there is nothing to put in order.
        let _ = tcsetattr(device, OptionalActions::Now, &settings);
    }
    showing
}

fn showing() -> MutexGuard<'static, Option<Termios>> {
    SHOWING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, the signals that end this program do so once the terminal is in order.
fn restore_before_the_end(device: File) -> io::Result<()> {
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    let end = move || {
        for signal in signals.forever() {
            // In the background the terminal is another program's by now, and a process that sets it is stopped.
            let is_ours = tcgetpgrp(&device).is_ok_and(|group| group == getpgrp());
            let _shown = is_ours.then(|| show(&device));
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new().spawn(end)?;
    Ok(())
}
