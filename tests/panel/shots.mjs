// Draws every picture of the page on the made-up hall, at three sizes: `node shots.mjs`.
import { launch, LARGE, MIDDLE, Screen, SMALL } from "./browser.mjs";
import { Mock, STAFF } from "./mock.mjs";
import { alarm, openDoor, shutDoor, unsensed } from "./mock_state.mjs";

const browser = await launch();
for (const [size, viewport] of Object.entries({ large: LARGE, middle: MIDDLE, small: SMALL })) {
    for (const lang of process.argv.includes("--en") ? ["zh", "en"] : ["zh"]) {
        const mock = await new Mock().start();
        const screen = await Screen.open(browser, `${mock.url}?lang=${lang}`, viewport);
        const shot = async (name) => {
            await screen.page.waitForTimeout(350);
            await screen.shot(`look-${size}-${lang}-${name}`);
            for (const f of [...await screen.faults(), ...await screen.paleTexts()]) console.log(size, lang, name, f);
        };
        await shot("01-idle");
        mock.set((s) => {
            openDoor(s);
            alarm(s, "a1");
            s.windows["5"].state = "fault";
            s.windows["5"].lamps = [{ wanted: "off", level: "off" }, { wanted: "blink", level: "on" }];
            s.circuits.pc4.quality = "stale";
            s.circuits.pc4.pc = "unknown";
            s.circuits.pc4.watts = null;
        });
        await shot("02-idle-trouble");
        mock.set((s) => unsensed(s));
        await screen.beginClosing();
        await shot("03-review");
        mock.set((s) => { shutDoor(s); s.closing.early = true; });
        await screen.page.locator(".row button").nth(2).click();
        await shot("04-reason");
        await screen.page.locator("label.option").first().click();
        await screen.page.locator("#dialog .primary").click();
        await screen.page.getByRole("checkbox").check();
        await shot("05-review-ready");
        await screen.toFirst();
        await screen.identify(STAFF[0]);
        await shot("06-first");
        await screen.confirm();
        await screen.page.locator("#restart").waitFor();
        await shot("07-second");
        await screen.page.getByRole("checkbox").check();
        await screen.person({ staff: "1001", pin: STAFF[0].pin });
        await screen.page.locator("#credential-message.shown").waitFor();
        await shot("08-second-refused");
        await screen.person(STAFF[1]);
        await screen.page.locator("#cancel-closing").waitFor();
        await shot("09-countdown");
        mock.phase("stopping");
        mock.step(["pc1", "pc2", "pc4", "pc5", "pc6", "pc7", "pc8"], "asked", 9);
        mock.step("pc3", "excepted");
        mock.step(["pc1", "pc5"], "cut");
        mock.step("pc2", "proving", 4);
        await shot("10-progress");
        mock.step("pc7", "held");
        mock.phase("hold");
        await shot("11-hold");
        await screen.page.locator(".choices .danger").click();
        await shot("12-force");
        await screen.page.locator("#dialog .close").click();
        mock.step(["pc2", "pc4", "pc6", "pc7", "pc8"], "cut");
        mock.ended("closed");
        await screen.page.locator("#finish").waitFor();
        await shot("13-done");
        await screen.page.locator("#finish").click();
        mock.set((s) => {
            s.alarms = [];
            s.windows = Object.fromEntries(Object.entries(s.windows).map(([k, w]) => [k,
                { ...w, state: "closed", lamps: [{ wanted: "off", level: "off" }, { wanted: "off", level: "off" }] }]));
        });
        await shot("14-closed");
        await screen.page.locator("#open-hall").click();
        await shot("15-opening");
        await screen.page.locator("#back").click();
        await screen.page.locator("#lightbox").click();
        await shot("16-lightbox");
        await screen.page.locator("#dialog .close").click();
        await screen.page.locator(".window").first().click();
        await shot("17-window");
        await screen.page.locator("#dialog .close").click();
        await mock.stop();
        await screen.page.locator("#lost p").waitFor();
        await shot("18-lost");
        if (screen.errors.length > 0) console.log("ERRORS", screen.errors);
        await screen.close();
    }
}
await browser.close();
