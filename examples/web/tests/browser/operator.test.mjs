// The pages for operators.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";

import { PASSWORD, Site, until } from "./site.mjs";
import { Visitor, openBrowser } from "./visitor.mjs";

const wide = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 320, height: 640 } };

let site;
let browser;
before(async () => {
    site = await Site.start();
    browser = await openBrowser();
    const grace = await Visitor.open(browser, site, wide);
    await grace.signUp("grace");
    await grace.go("/operator/audit");
    await grace.sees("Page not found");
    await grace.close();
    site.operator("add", "grace");
});
after(async () => {
    await browser.close();
    await site.remove();
});

for (const options of [wide, phone, { ...phone, javaScriptEnabled: false }]) {
    const size = `${options.viewport.width} px${options.javaScriptEnabled === false ? ", without scripts" : ""}`;

    test(`the pages of an operator, ${size}`, async () => {
        const grace = await Visitor.open(browser, site, options);
        await grace.signIn("grace");
        await grace.go("/operator");
        await grace.sees("Audit log", "audit");
        await grace.page.getByLabel("Outcome").fill("granted");
        await grace.press("Filter");
        await grace.sees("Audit log");
        const outcomes = await grace.page.locator("tbody td:nth-child(3)").allInnerTexts();
        assert.ok(outcomes.length > 0 && outcomes.every((it) => it === "granted"), String(outcomes));

        await grace.page.getByRole("link", { name: "Wiring" }).click();
        await grace.sees("Wiring", "wiring");
        if (options === wide) {
            await grace.takesForGuide("wiring");
        }
        assert.ok((await grace.page.locator("img").evaluate((it) => it.complete && it.naturalWidth)) > 100);
        await grace.page.getByRole("link", { name: "Dead letters" }).click();
        await grace.sees("Dead letters", "dead-letters-none");

        // The feed shows what another person does, without a click: by a stream, or by a page that loads itself.
        await grace.page.getByRole("link", { name: "Live feed" }).click();
        await grace.sees("Live feed", "feed");
        const first = await grace.page.locator("tbody td").first().innerText();
        const mallory = await Visitor.open(browser, site, wide);
        await mallory.go("/sign-in");
        await mallory.fill({ "Name or email address": "mallory-was-here", Password: "a wrong password" });
        await mallory.press("Sign in");
        await mallory.close();
        const last = grace.page.locator("tbody tr").first();
        await last.getByText("user_authentication_failed").waitFor();
        assert.notEqual(await grace.page.locator("tbody td").first().innerText(), first);
        // `page.content()` throws if the page loads itself at this moment.
        assert.ok(!(await grace.page.locator("html").innerHTML()).includes("mallory-was-here"));
        if (options === wide) {
            await grace.takesForGuide("feed");
        }

        // A password that was entered a while ago.
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 1e9");
        await grace.go("/operator/feed");
        await grace.sees("Enter your password");
        await grace.fill({ Password: PASSWORD });
        await grace.press("Continue");
        await grace.sees("Live feed");
        await grace.close();
    });
}

// A mail server that refuses each recipient, until it is told otherwise.
async function mailServer() {
    const server = { refuses: true, mails: 0 };
    server.listener = createServer((socket) => {
        let isText = false;
        socket.write("220 localhost\r\n");
        socket.on("error", () => {});
        socket.on("data", (data) => {
            for (const line of String(data).split("\r\n").slice(0, -1)) {
                const command = line.slice(0, 4).toUpperCase();
                if (isText) {
                    isText = line !== ".";
                    if (!isText) {
                        server.mails += 1;
                        socket.write("250 ok\r\n");
                    }
                } else if (command === "RCPT" && server.refuses) {
                    socket.write("550 no such mailbox\r\n");
                } else if (command === "DATA") {
                    isText = true;
                    socket.write("354 go on\r\n");
                } else {
                    socket.write(command === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
                }
            }
        });
    });
    await new Promise((resolve) => server.listener.listen(0, "127.0.0.1", resolve));
    return server;
}

test("a dead letter is retried", async () => {
    const server = await mailServer();
    await site.end();
    const url = `smtp://127.0.0.1:${server.listener.address().port}`;
    await site.serve("--mail", url, "--mail-from", "accounts@example.org");
    const grace = await Visitor.open(browser, site, wide);
    await grace.signIn("grace");
    await grace.go("/account/password");
    await grace.fill({ "Current password": PASSWORD, "New password": PASSWORD });
    await grace.press("Change the password");
    await grace.sees("Your account");
    const letter = grace.page.getByText("the mail server refused the mail with code 550");
    await until("the dead letter", async () => {
        await grace.go("/operator/dead-letters");
        return letter.count();
    });
    await grace.sees("Dead letters", "dead-letters");
    await grace.page.setViewportSize(phone.viewport);
    await grace.sees("Dead letters", "dead-letters");

    server.refuses = false;
    await grace.page.getByRole("button", { name: /^Retry/ }).click();
    await grace.page.getByText("The delivery is attempted again.").waitFor();
    await until("the mail", () => server.mails);
    await grace.go("/operator/dead-letters");
    assert.equal(await letter.count(), 0);
    await grace.close();
    server.listener.close();
});
