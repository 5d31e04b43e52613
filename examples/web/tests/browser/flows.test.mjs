// An account from its first page to its last: wide, on a phone, and without scripts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { PASSWORD, Site } from "./site.mjs";
import { Visitor, openBrowser } from "./visitor.mjs";

const OTHER_PASSWORD = "a loom weaves algebraic patterns";

const phone = { width: 320, height: 640 };
const variants = {
    wide: { viewport: { width: 1440, height: 900 } },
    phone: { viewport: phone, hasTouch: true, isMobile: true },
    scriptless: { viewport: phone, javaScriptEnabled: false },
};

let site;
let browser;
before(async () => {
    site = await Site.start();
    browser = await openBrowser();
});
after(async () => {
    await browser.close();
    await site.remove();
});

for (const [variant, options] of Object.entries(variants)) {
    const name = `ada-${variant}`;
    const email = `${name}@example.org`;
    const later = `later-${name}@example.org`;

    test(`an account from its first page to its last, ${variant}`, async () => {
        const ada = await Visitor.open(browser, site, options);
        await ada.go("/");
        await ada.sees("Analytical Engines", "home");

        // Sign up, first with mistakes.
        await ada.page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
        await ada.sees("Sign up", "sign-up");
        assert.deepEqual(await ada.autocomplete(), ["username", "email", "new-password"]);
        await ada.fill({ Name: "a", "Email address": email, Password: PASSWORD });
        await ada.press("Sign up");
        await ada.sees("Sign up", "sign-up-error");
        await ada.hasError("Name", "Use 3 to 150 characters.");
        await ada.fill({ Name: name, Password: "short" });
        await ada.press("Sign up");
        await ada.sees("Sign up");
        await ada.hasError("Password", "Use at least 15 characters.");
        await ada.fill({ Password: PASSWORD });
        await ada.press("Sign up");
        await ada.sees("Check your email");

        // A second mail replaces the link of the first one.
        const replaced = await site.link(email, "Verify your address");
        await ada.go("/verify/again");
        await ada.sees("Send the mail again");
        await ada.fill({ "Email address": email });
        await ada.press("Send the mail");
        await ada.sees("Check your email");
        const link = await site.link(email, "Verify your address");
        await ada.go(replaced);
        await ada.sees("This link no longer works", "link");
        // The page of mails has the same link.
        await ada.go(await site.mailsPage);
        await ada.sees("Mails of this program", "mails");
        await ada.page.getByRole("article").filter({ hasText: email }).first().getByRole("link").click();
        assert.equal(ada.page.url(), link);
        await ada.sees("Verify your address", "verify");
        await ada.press("Verify the address");
        await ada.sees("Your address is verified");
        await ada.go(link);
        await ada.sees("This link no longer works");

        // Sign in, first with a wrong password.
        await ada.follow("Sign in");
        await ada.sees("Sign in", "sign-in");
        assert.deepEqual(await ada.autocomplete(), ["username", "current-password"]);
        await ada.fill({ "Name or email address": name, Password: OTHER_PASSWORD });
        await ada.press("Sign in");
        await ada.sees("Sign in", "sign-in-error");
        await ada.fill({ Password: PASSWORD });
        await ada.press("Sign in");
        await ada.sees("Your account", "account");
        await ada.follow("All sessions");
        await ada.sees("Your sessions", "sessions-one");

        // Another address.
        await ada.go("/account/address");
        await ada.sees("Change the address", "address");
        await ada.fill({ "New email address": "no address" });
        await ada.press("Send the mail");
        await ada.sees("Change the address");
        await ada.fill({ "New email address": later });
        await ada.press("Send the mail");
        await ada.sees("Check your email");
        await ada.go(await site.link(later, "Confirm your new address"));
        await ada.sees("Confirm your new address");
        await ada.press("Use this address");
        await ada.sees("Your address is changed");
        await site.link(email, "Your address was changed");
        await ada.signIn(later);

        // Another password.
        await ada.go("/account/password");
        await ada.sees("Change the password", "password");
        assert.deepEqual(await ada.autocomplete(), ["username", "current-password", "new-password"]);
        await ada.fill({ "Current password": OTHER_PASSWORD, "New password": OTHER_PASSWORD });
        await ada.press("Change the password");
        await ada.sees("Change the password");
        await ada.hasError("Current password", "The current password is wrong: enter it again.");
        await ada.fill({ "Current password": PASSWORD, "New password": OTHER_PASSWORD });
        await ada.press("Change the password");
        await ada.sees("Your account", "account-done");
        await ada.page.getByText("Your password is changed.").waitFor();
        await site.link(later, "Your password was changed");

        // A forgotten password.
        await ada.press("Sign out");
        await ada.go("/forgotten");
        await ada.sees("Forgotten password", "forgotten");
        await ada.fill({ "Email address": later });
        await ada.press("Send the mail");
        await ada.sees("Check your email");
        const reset = await site.link(later, "Choose a new password");
        await ada.go(reset);
        await ada.sees("Choose a new password", "reset");
        assert.deepEqual(await ada.autocomplete(), ["new-password"]);
        await ada.fill({ "New password": "short" });
        await ada.press("Set the password");
        await ada.sees("Choose a new password");
        await ada.fill({ "New password": PASSWORD });
        await ada.press("Set the password");
        await ada.sees("Your password is set");
        await ada.go(reset);
        await ada.sees("This link no longer works");

        // A link that has expired.
        await ada.go("/forgotten");
        await ada.fill({ "Email address": later });
        await ada.press("Send the mail");
        const expired = await site.link(later, "Choose a new password");
        site.sql("UPDATE lback_token SET issued_at = issued_at - 1e10, expires_at = expires_at - 1e10");
        await ada.go(expired);
        await ada.sees("This link no longer works");

        // A page that needs a session, and the way back to it.
        await ada.go("/account/delete");
        await ada.sees("Sign in");
        await ada.fill({ "Name or email address": name, Password: PASSWORD });
        await ada.press("Sign in");
        await ada.sees("Delete the account", "delete");

        // A password that was entered a while ago.
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 1e9");
        await ada.go("/account/delete");
        await ada.sees("Enter your password", "confirm");
        await ada.fill({ Password: OTHER_PASSWORD });
        await ada.press("Continue");
        await ada.sees("Enter your password");
        await ada.fill({ Password: PASSWORD });
        await ada.press("Continue");
        await ada.sees("Delete the account");

        await ada.go("/account");
        const download = ada.page.waitForEvent("download");
        await ada.follow("Download what is stored about you");
        const stored = JSON.parse(await readFile(await (await download).path(), "utf8"));
        assert.equal(stored.account.username, name);

        await ada.follow("Delete the account");
        await ada.press(`Delete the account of ${name}`);
        await ada.sees("Your account is deleted");
        await ada.go("/account");
        await ada.sees("Sign in");
        await ada.go("/no-such-page");
        await ada.sees("Page not found", "not-found");
        await ada.close();
    });
}

test("attempts are limited in words", async () => {
    const mallory = await Visitor.open(browser, site);
    for (let attempt = 0; ; attempt += 1) {
        // On a slow machine a short wait is over before the next attempt, and then it doubles.
        assert.ok(attempt < 30);
        await mallory.go("/sign-in");
        await mallory.fill({ "Name or email address": "mallory-yet", Password: OTHER_PASSWORD });
        await mallory.press("Sign in");
        if ((await mallory.heading()) === "Too many attempts") {
            break;
        }
    }
    await mallory.sees("Too many attempts", "throttled");
    await mallory.page.getByText(/^Try again in (a second|\d+ (seconds|minutes))\.$/).waitFor();
    await mallory.close();
});
