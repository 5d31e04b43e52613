// Sessions: two browsers with one account, what is left after a sign-out, and second clicks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD, Site, until } from "./site.mjs";
import { Visitor, openBrowser } from "./visitor.mjs";

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

const wide = { viewport: { width: 1440, height: 900 } };

test("a session that is ended in one browser is out in the other", async () => {
    const desk = await Visitor.open(browser, site, wide);
    const userAgent = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36";
    const phone = await Visitor.open(browser, site, { viewport: { width: 320, height: 640 }, userAgent });
    await desk.signUp("ada");
    await phone.signIn("ada");

    await desk.go("/account/sessions");
    await desk.sees("Your sessions", "sessions");
    await desk.takesForGuide("sessions");
    await desk.page.getByRole("button", { name: /^End it.*Chrome on Android/ }).click();
    await desk.page.getByText("One session was ended.").waitFor();
    await phone.go("/account");
    await phone.sees("Sign in");

    await phone.signIn("ada");
    await desk.press("End all other sessions");
    await desk.page.getByText("One session was ended.").waitFor();
    await phone.go("/account/sessions");
    await phone.sees("Sign in");
    await desk.go("/account");
    await desk.sees("Your account");

    // A password that was entered a while ago ends no session.
    site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 1e9");
    await desk.go("/account/sessions");
    await desk.sees("Your sessions", "sessions-later");
    assert.equal(await desk.page.getByRole("main").getByRole("button").count(), 0);
    await desk.follow("Enter your password");
    await desk.fill({ Password: PASSWORD });
    await desk.press("Continue");
    await desk.sees("Your sessions");
    await desk.press("End all other sessions");
    await desk.page.getByText("No session was ended.").waitFor();

    // A new password ends the others, and keeps this one.
    await phone.signIn("ada");
    await desk.go("/account/password");
    await desk.fill({ "Current password": PASSWORD, "New password": "a loom weaves flowers and leaves" });
    await desk.press("Change the password");
    await desk.sees("Your account");
    await phone.go("/account");
    await phone.sees("Sign in");
    await desk.close();
    await phone.close();
});

test("the way back after a sign-out shows nothing of the account", async () => {
    const grace = await Visitor.open(browser, site, wide);
    await grace.signUp("grace");
    await grace.go("/account/sessions");
    await grace.press("Sign out");
    await grace.sees("Analytical Engines");
    await grace.page.goBack();
    await grace.sees("Sign in");
    assert.equal(await grace.page.getByText("grace").count(), 0);
    await grace.close();
});

test("a link on another site shows no message", async () => {
    const joan = await Visitor.open(browser, site, wide);
    await joan.signUp("joan");
    const address = `${site.address}/account?done=password`;
    const signIn = `${site.address}/sign-in?return_to=${encodeURIComponent("/account?done=password")}`;
    const body = `<a href="${address}">One</a> <a href="${signIn}">Two</a>`;
    await joan.page.route("http://elsewhere.example/", (route) => route.fulfill({ contentType: "text/html", body }));
    const message = joan.page.getByText("Your password is changed.");
    const seesNoMessage = async () => {
        await joan.sees("Your account");
        assert.equal(await message.count(), 0);
    };
    await joan.go("http://elsewhere.example/");
    await joan.follow("One");
    await seesNoMessage();
    assert.equal(joan.page.url(), address);
    await joan.page.reload();
    await seesNoMessage();
    await joan.go("http://elsewhere.example/");
    await joan.follow("Two");
    await joan.fill({ "Name or email address": "joan", Password: PASSWORD });
    await joan.press("Sign in");
    await seesNoMessage();
    await joan.go(address);
    await seesNoMessage();
    await joan.close();
});

test("only a session that is kept outlives the browser", async () => {
    const alan = await Visitor.open(browser, site, wide);
    await alan.signUp("alan");
    const cookie = async () => (await alan.context.cookies()).find((it) => it.name === "session");
    assert.equal((await cookie()).expires, -1);
    assert.ok((await cookie()).httpOnly);
    await alan.go("/sign-in");
    await alan.fill({ "Name or email address": "alan", Password: PASSWORD });
    await alan.page.getByLabel("Keep me signed in").check();
    await alan.press("Sign in");
    await alan.sees("Your account");
    assert.ok((await cookie()).expires > Date.now() / 1000 + 20 * 24 * 3600);
    await alan.close();
});

for (const javaScriptEnabled of [true, false]) {
    const name = javaScriptEnabled ? "twice" : "twice-scriptless";

    test(`a second click on a button does no harm, ${name}`, async () => {
        const hasty = await Visitor.open(browser, site, { ...wide, javaScriptEnabled });
        const expectedPosts = javaScriptEnabled ? 1 : 2;
        let posts = 0;
        hasty.page.on("request", (request) => (posts += request.method() === "POST"));
        // Where the mouse is. The methods of an element would wait for the response to an earlier click.
        const click = async () => {
            await hasty.page.mouse.down();
            await hasty.page.mouse.up();
        };
        // A second request without a script may come after the first one has used the link or the session.
        const twice = async (button, ...headings) => {
            posts = 0;
            await hasty.page.getByRole("button", { name: button }).hover();
            // A second click before the browser sends the first request would replace that request.
            const clickTwice = async () => {
                await click();
                await until("the first request", () => posts === 1);
                await click();
                await until("the last request", () => posts === expectedPosts);
            };
            await Promise.all([hasty.page.waitForEvent("load"), site.whileStopped(clickTwice)]);
            const expected = javaScriptEnabled ? headings.slice(0, 1) : headings;
            await hasty.page.locator("h1", { hasText: new RegExp(`^(${expected.join("|")})$`) }).waitFor();
            assert.equal(posts, expectedPosts);
        };
        const email = `${name}@example.org`;
        await hasty.go("/sign-up");
        await hasty.fill({ Name: name, "Email address": email, Password: PASSWORD });
        await twice("Sign up", "Check your email");
        await hasty.go("/verify/again");
        await hasty.fill({ "Email address": email });
        await twice("Send the mail", "Check your email");
        await hasty.go(await site.lastLink(email, "Verify your address"));
        await twice("Verify the address", "Your address is verified", "This link no longer works");
        await hasty.go("/sign-in");
        await hasty.fill({ "Name or email address": name, Password: PASSWORD });
        await twice("Sign in", "Your account");
        await hasty.signIn(name);
        await hasty.go("/account/sessions");
        await twice("End all other sessions", "Your sessions");
        await hasty.go("/account/password");
        await hasty.fill({ "Current password": PASSWORD, "New password": PASSWORD });
        await twice("Change the password", "Your account", "Change the password", "Sign in");
        await hasty.signIn(name);
        await hasty.go("/account/address");
        await hasty.fill({ "New email address": `later-${email}` });
        await twice("Send the mail", "Check your email");
        await hasty.go(await site.lastLink(`later-${email}`, "Confirm your new address"));
        await twice("Use this address", "Your address is changed", "This link no longer works");
        await hasty.go("/forgotten");
        await hasty.fill({ "Email address": `later-${email}` });
        await twice("Send the mail", "Check your email");
        await hasty.go(await site.lastLink(`later-${email}`, "Choose a new password"));
        await hasty.fill({ "New password": PASSWORD });
        await twice("Set the password", "Your password is set", "This link no longer works");
        await hasty.signIn(name);
        await twice("Sign out", "Analytical Engines");
        await hasty.signIn(name);
        site.sql("UPDATE lback_session SET authenticated_at = authenticated_at - 1e9");
        await hasty.go("/account/delete");
        await hasty.fill({ Password: PASSWORD });
        await twice("Continue", "Delete the account", "Sign in");
        await hasty.signIn(name);
        await hasty.go("/account/delete");
        await twice(`Delete the account of ${name}`, "Your account is deleted", "Sign in");
        await hasty.go("/account");
        await hasty.sees("Sign in");
        await hasty.close();
    });
}
