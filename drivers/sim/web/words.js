// What the page says, in the two languages of the hall.
// @ts-check

/** @type {Record<string, [string, string]>} word -> Chinese, English */
const kWords = {
    subtitle: ["虚拟大厅：点门窗、按钮、电脑、接触器或线路，看守护程序怎样应对",
        "Virtual hall: click doors, buttons, PCs, contactors or wires and watch what the daemon does"],
    wires: ["线路与设备", "Wires and devices"],
    trace: ["线上所见", "What the wires saw"],
    lost: ["虚拟大厅没有应答", "The virtual hall does not answer"],
    other: ["English", "中文"],
    running: ["运行", "running"], booting: ["启动中", "booting"], stopping: ["关机中", "stopping"],
    off: ["关", "off"], on: ["亮", "on"], hang: ["死机", "hang"], crash: ["崩溃", "crash"],
    shutdown: ["请求关机", "ask to shut down"],
    closed: ["关闭", "closed"], open: ["打开", "open"],
    healthy: ["正常", "healthy"], welded: ["触点粘连", "welded"], stuck_open: ["不吸合", "stuck open"],
    silent: ["无应答", "silent"], inverted: ["反接", "inverted"],
    up: ["正常", "up"], down: ["断开", "down"], noisy: ["干扰", "noisy"], slow: ["迟缓", "slow"],
    press: ["按下", "press"], pressed: ["按下", "pressed"], released: ["松开", "released"],
    pc: ["计算机", "PC"], meter: ["电表", "Meter"], contactor: ["接触器", "Contactor"],
    feedback: ["反馈触点", "Feedback"], bus: ["总线", "Bus"], device: ["设备", "Device"],
    lightbox: ["夜间灯箱", "Lightbox"], buzzer: ["蜂鸣器", "Buzzer"], zero: ["读数 0 W", "shows 0 W"],
    shutdown_requested: ["收到关机请求", "shutdown requested"],
    button_pressed: ["电源键按下", "power button"], hard_off: ["强制断电", "hard off"],
    power_lost_while_running: ["运行中断电", "power lost while running"],
};

let language = 0;

/** @param {string} locale */
export function speak(locale) { language = locale === "en" ? 1 : 0; }

export function locale() { return language === 1 ? "en" : "zh"; }

/** @param {string} word @returns {string} the word itself where it has no translation */
export function say(word) { return kWords[word]?.[language] ?? word; }
