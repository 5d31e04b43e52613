// The program, started for a test, and its mails.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

const program = process.env.WEB_PROGRAM;
assert.ok(program, "WEB_PROGRAM should name the program");

export const PASSWORD = "correct horse battery staple";

// Reads each 50 ms until the value is true, and returns it. Fails after a minute.
export async function until(what, read) {
    const end = Date.now() + 60_000;
    for (;;) {
        const value = await read();
        if (value) {
            return value;
        }
        assert.ok(Date.now() < end, `after a minute, still waiting for ${what}`);
        await setTimeout(50);
    }
}

export class Site {
    // Starts the program on a free port, with an empty folder.
    static async start(...options) {
        const site = new Site();
        site.read = new Set();
        site.folder = await mkdtemp(join(tmpdir(), "web-"));
        await site.serve(...options);
        return site;
    }

    async serve(...options) {
        const settings = ["--data", this.folder, "--listen", "127.0.0.1:0", ...options];
        this.process = spawn(program, settings, { stdio: ["ignore", "pipe", "inherit"] });
        this.lines = [];
        const lines = createInterface({ input: this.process.stdout });
        this.mailsPage = new Promise((resolve) => {
            lines.on("line", (line) => {
                const shown = line.match(/^mails are shown at (http\S+)$/);
                if (shown) {
                    resolve(shown[1]);
                }
            });
        });
        this.ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.address = await new Promise((resolve, reject) => {
            lines.on("line", (line) => {
                this.lines.push(line);
                const served = line.match(/^(http\S+) is served/);
                if (served) {
                    resolve(served[1]);
                }
            });
            this.ended.then((code) => reject(new Error(`the program has ended with ${code}`)));
        });
    }

    // Ends the program as a service manager does.
    async end() {
        this.process.kill("SIGTERM");
        assert.equal(await this.ended, 0);
        assert.equal(this.lines.at(-1), "closed");
    }

    async remove() {
        await this.end();
        await rm(this.folder, { recursive: true });
    }

    // Stops the program during an action, so that it answers no request.
    async whileStopped(action) {
        this.process.kill("SIGSTOP");
        try {
            await action();
        } finally {
            this.process.kill("SIGCONT");
        }
    }

    operator(change, name) {
        const ran = spawnSync(program, ["operator", change, name, "--data", this.folder], { encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr);
    }

    // Reads or changes the database, such as an instant that a test cannot wait for.
    sql(statement) {
        const change =
            "import sqlite3, sys\n" +
            "rows = sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2])\n" +
            "print(*(rows.fetchone() or []), end='')";
        const ran = spawnSync("python3", ["-c", change, join(this.folder, "accounts.db"), statement], { encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr);
        return ran.stdout;
    }

    // Returns the mails to an address with this subject, oldest first.
    async mails(to, subject) {
        const folder = join(this.folder, "mails");
        const mails = [];
        for (const name of (await readdir(folder)).filter((it) => it.endsWith(".eml")).sort()) {
            const text = await readFile(join(folder, name), "utf8");
            if (text.includes(`\r\nTo: ${to}\r\n`) && text.includes(`\r\nSubject: ${subject}\r\n`)) {
                mails.push({ name, link: text.match(/^http\S+$/m)?.[0] });
            }
        }
        return mails;
    }

    // Waits for a mail that no earlier call has returned, and returns its link.
    async link(to, subject) {
        const { name, link } = await until(`the mail "${subject}" to ${to}`, async () => {
            const mails = await this.mails(to, subject);
            return mails.find(({ name }) => !this.read.has(name));
        });
        this.read.add(name);
        return link;
    }

    // Waits until no mail to this address waits, and returns the link of the last one: each mail replaces the link of
    // the one before.
    async lastLink(to, subject) {
        let link = await this.link(to, subject);
        await until("the end of all deliveries", () => this.sql("SELECT count(*) FROM lback_delivery") === "0");
        for (const { name, link: later } of await this.mails(to, subject)) {
            this.read.add(name);
            link = later;
        }
        return link;
    }
}
