// A person with a browser, who looks at each page.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import axe from "axe-core";
import { chromium } from "playwright-core";

import { PASSWORD } from "./site.mjs";

const screenshots = process.env.WEB_SCREENSHOTS;

export async function openBrowser() {
    const executablePath = process.env.WEB_CHROMIUM ?? "/usr/bin/chromium";
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
    return chromium.launch({ executablePath, args });
}

export class Visitor {
    // `options`: those of a browser context, such as `viewport` and `javaScriptEnabled`.
    static async open(browser, site, options = {}) {
        const visitor = new Visitor();
        visitor.site = site;
        visitor.hasScript = options.javaScriptEnabled !== false;
        visitor.context = await browser.newContext({ baseURL: site.address, ...options });
        visitor.page = await visitor.context.newPage();
        visitor.page.setDefaultTimeout(20_000);
        visitor.errors = [];
        // A violation of the content security policy is an error of the console.
        visitor.page.on("console", (message) => {
            // A page with an error has a status that the browser reports here.
            if (message.type() === "error" && !message.text().includes("the server responded with a status of 4")) {
                visitor.errors.push(message.text());
            }
        });
        visitor.page.on("pageerror", (error) => visitor.errors.push(String(error)));
        return visitor;
    }

    async close() {
        assert.deepEqual(this.errors, []);
        await this.context.close();
    }

    async go(address) {
        await this.page.goto(address);
    }

    async heading() {
        return this.page.locator("h1").innerText();
    }

    async fill(fields) {
        for (const [label, value] of Object.entries(fields)) {
            await this.page.getByLabel(label, { exact: true }).fill(value);
        }
    }

    async press(name) {
        await this.page.getByRole("button", { name }).click();
    }

    async follow(name) {
        await this.page.getByRole("link", { name }).click();
    }

    // Fails unless the page has this heading, fits the window and has no barrier that axe finds.
    async sees(heading, picture) {
        const waited = this.page.locator("h1", { hasText: heading }).waitFor();
        await waited.catch(async () => assert.equal(await this.heading(), heading));
        assert.equal(await this.heading(), heading);
        // Until then, the page may be without its style and its pictures.
        await this.page.waitForLoadState("load");
        const { scrollWidth, innerWidth } = await this.page.evaluate(() => ({
            scrollWidth: document.documentElement.scrollWidth,
            innerWidth,
        }));
        assert.ok(scrollWidth <= innerWidth, `${heading}: ${scrollWidth} px in ${innerWidth} px`);
        for (const colorScheme of this.hasScript ? ["light", "dark"] : []) {
            await this.page.emulateMedia({ colorScheme });
            await this.page.evaluate(axe.source);
            const { violations } = await this.page.evaluate(() => axe.run());
            const found = violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" ")}`);
            assert.deepEqual(found, [], `${heading}, ${colorScheme}`);
            if (picture) {
                await this.takes(`${picture}-${innerWidth}-${colorScheme}`);
            }
        }
    }

    // The error is beside its field, in the summary, and what a screen reader says about the field.
    async hasError(label, text) {
        const field = this.page.getByLabel(label, { exact: true });
        assert.equal(await field.getAttribute("aria-invalid"), "true");
        const id = await field.getAttribute("aria-describedby");
        assert.equal(await this.page.locator(`#${id}`).innerText(), text);
        await this.page.getByRole("alert").getByRole("link", { name: text }).waitFor();
        assert.match(await this.page.title(), /^Error: /);
    }

    // The hints of the fields for password managers.
    async autocomplete() {
        const fields = this.page.locator("main input[autocomplete]");
        return fields.evaluateAll((inputs) => inputs.map((input) => input.autocomplete));
    }

    async takes(picture) {
        if (screenshots) {
            await mkdir(screenshots, { recursive: true });
            await this.page.screenshot({ path: join(screenshots, `${picture}.png`), fullPage: true });
        }
    }

    // A small picture for the guide.
    async takesForGuide(picture) {
        const viewport = this.page.viewportSize();
        await this.page.emulateMedia({ colorScheme: "light" });
        await this.page.setViewportSize({ width: 960, height: 540 });
        if (screenshots) {
            await mkdir(screenshots, { recursive: true });
            await this.page.screenshot({ path: join(screenshots, `web-${picture}.png`) });
        }
        await this.page.setViewportSize(viewport);
    }

    // From the first page to the account.
    async signUp(name, email = `${name}@example.org`) {
        await this.go("/sign-up");
        await this.fill({ Name: name, "Email address": email, Password: PASSWORD });
        await this.press("Sign up");
        await this.sees("Check your email");
        await this.go(await this.site.link(email, "Verify your address"));
        await this.press("Verify the address");
        await this.sees("Your address is verified");
        await this.signIn(name);
    }

    async signIn(name, password = PASSWORD) {
        await this.go("/sign-in");
        await this.fill({ "Name or email address": name, Password: password });
        await this.press("Sign in");
        await this.sees("Your account");
    }
}
