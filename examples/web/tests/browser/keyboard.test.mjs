// An account by keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD, Site } from "./site.mjs";
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

// Moves the focus to the element of this name, as a screen reader says it. Each element on the way shows the focus.
async function tabTo({ page }, name) {
    const passed = [];
    while (passed.length < 40) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
            const element = document.activeElement;
            const box = element.getBoundingClientRect();
            return {
                name: element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText,
                isShown: getComputedStyle(element).outlineStyle !== "none" && box.width > 2 && box.left >= 0,
            };
        });
        passed.push(at.name);
        assert.ok(at.isShown, `the focus on "${at.name}" is not shown`);
        if (at.name === name) {
            return;
        }
    }
    assert.fail(`no "${name}" among ${passed}`);
}

async function type(visitor, name, text) {
    await tabTo(visitor, name);
    await visitor.page.keyboard.type(text);
}

async function press(visitor, name) {
    await tabTo(visitor, name);
    await visitor.page.keyboard.press("Enter");
}

test("an account by keyboard alone", async () => {
    const ada = await Visitor.open(browser, site, { viewport: { width: 1440, height: 900 } });
    await ada.go("/");
    await press(ada, "Skip to the content");
    await ada.page.locator("main:focus").waitFor();
    await press(ada, "Sign up");
    await ada.sees("Sign up");

    // The summary of the errors has the focus, and its link leads to the field.
    await type(ada, "Name", "ada");
    await type(ada, "Email address", "ada@example.org");
    await type(ada, "Password", "short");
    await ada.page.keyboard.press("Enter");
    await ada.page.locator(".summary:focus").waitFor();
    await press(ada, "Use at least 15 characters.");
    await ada.page.keyboard.type(PASSWORD);
    assert.equal(await ada.page.getByLabel("Password").inputValue(), PASSWORD);
    await ada.page.keyboard.press("Enter");
    await ada.sees("Check your email");

    await ada.go(await site.link("ada@example.org", "Verify your address"));
    await press(ada, "Verify the address");
    await ada.sees("Your address is verified");
    await ada.page.getByRole("main").getByRole("link").focus();
    await ada.page.keyboard.press("Enter");
    await ada.sees("Sign in");
    await type(ada, "Name or email address", "ada");
    await type(ada, "Password", PASSWORD);
    await tabTo(ada, "Keep me signed in on this device");
    await ada.page.keyboard.press("Space");
    await press(ada, "Sign in");
    await ada.sees("Your account");

    await press(ada, "All sessions");
    await ada.sees("Your sessions");
    await press(ada, "End all other sessions");
    await ada.page.getByText("No session was ended.").waitFor();
    await press(ada, "Back to the account");
    await ada.sees("Your account");
    await press(ada, "Delete the account");
    await ada.sees("Delete the account");
    await press(ada, "Delete the account of ada");
    await ada.sees("Your account is deleted");
    await ada.close();
});
