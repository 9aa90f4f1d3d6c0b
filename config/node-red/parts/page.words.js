// The page's words; what a hall says of itself comes in the hall's own language.
const WORDS = {
    zh: {
        lang: "zh-CN", other: "English", title: "大厅一览", connected: "已连接消息服务器", away: "与消息服务器断开 {n}，以下不是现状",
        lost: "Node-RED 没有应答 {n}，以下不是现状", none: "还没有大厅的消息", pick: "请选一个大厅", online: "在线", degraded: "降级",
        offline: "离线", unknown: "不明", silent: "无消息", open: "营业中", collecting: "等待第二人确认", countdown: "即将断电",
        stopping: "正在关机", cutting: "正在断电", hold: "等待决定", closed: "已关厅", partial: "部分关厅", opening: "正在开厅",
        alarms: "报警", blockers: "关厅前还要处理", circuits: "回路与计算机", windows: "窗口", contacts: "门窗", lightbox: "夜间灯箱",
        events: "最近的日志", commands: "已发命令", nothing: "无", last: "最后消息", ago: "{n}前", kept: "（保留的消息，连上后还没有新消息）",
        was: "大厅离线：以下是离线前最后的状态", quiet: "大厅应每分钟有消息，已 {n}没有：以下可能不是现状", clock: "大厅时钟未校准", since: "自 {t}",
        closes: "今天 {t} 下班", off_day: "今天不上班", left_on: "仍通电：{l}", early: "未到下班时间", confirmed: "已确认 {a}/{b} 人",
        critical: "严重", warning: "警告", acknowledge: "确认报警", acknowledged: "{who} 已确认", cleared: "已恢复", times: "{n} 次",
        refresh: "刷新全部状态", circuit: "回路", target: "应为", actual: "实际", pc: "计算机", watts: "功率（瓦）", step: "步骤", on: "通电",
        off: "断电", lit: "亮着", dark: "熄灭", stale: "电表无应答", running: "运行中", pc_off: "已关机", serving: "服务中", paused: "暂停",
        fault: "故障", window_closed: "关闭", primary: "A角", backup: "B角", nobody: "无人", contact_open: "开着",
        contact_closed: "已关好", contact_unknown: "传感器无应答", unsensed: "未装传感器", next: "下次 {t}", override: "手动",
        wanted: "应{s}", done: "完成", rejected: "被拒绝", waiting: "等待回复…", late: "没有回复：不知道是否执行", refused: "没有发出：{c}",
        units: ["秒", "分钟", "小时", "天"], list: "、", schedule: "按时间表", after_closing: "关厅后",
        by_override: "手动", by_hold: "时钟未校准，保持", permanent: "一直",
    },
    en: {
        lang: "en", other: "中文", title: "Halls", connected: "Connected to the broker",
        away: "No broker for {n}: this is not how things are now",
        lost: "No answer from Node-RED for {n}: this is not how things are now",
        none: "No hall has been heard of yet", pick: "Choose a hall", online: "Online", degraded: "Degraded",
        offline: "Offline", unknown: "Unknown", silent: "Silent", open: "Open",
        collecting: "Waiting for the second person", countdown: "About to shut down", stopping: "Shutting down",
        cutting: "Cutting power", hold: "Waiting for a decision", closed: "Closed", partial: "Partly closed",
        opening: "Opening", alarms: "Alarms", blockers: "Before closing", circuits: "Circuits and PCs",
        windows: "Windows", contacts: "Doors and windows", lightbox: "Night lightbox", events: "Last records",
        commands: "Commands sent", nothing: "None", last: "Last message", ago: "{n} ago",
        kept: "(retained; nothing new since we connected)", was: "The hall is offline: this is what it said last",
        quiet: "Nothing for {n} from a hall that speaks each minute: this may be old",
        clock: "The hall's clock is not set", since: "since {t}", closes: "closes today at {t}", off_day: "a day off",
        left_on: "still powered: {l}", early: "before closing time", confirmed: "{a} of {b} have confirmed",
        critical: "Critical", warning: "Warning", acknowledge: "Acknowledge", acknowledged: "acknowledged by {who}",
        cleared: "over", times: "{n} times", refresh: "Refresh everything", circuit: "Circuit", target: "Target",
        actual: "Actual", pc: "PC", watts: "Watts", step: "Step", on: "On", off: "Off", lit: "Lit", dark: "Dark",
        stale: "meter silent", running: "Running", pc_off: "Off", serving: "Serving", paused: "Paused",
        fault: "Fault", window_closed: "Closed", primary: "primary", backup: "backup", nobody: "nobody",
        contact_open: "Open", contact_closed: "Shut", contact_unknown: "Sensor silent", unsensed: "no sensor",
        next: "next {t}", override: "by hand", wanted: "should be {s}", done: "done", rejected: "rejected",
        waiting: "waiting for a reply…", late: "no reply: not known whether it was done", refused: "not sent: {c}",
        units: [" s", " min", " h", " days"], list: ", ", schedule: "by schedule",
        after_closing: "after closing", by_override: "by hand", by_hold: "clock not set, held", permanent: "for good",
    },
};
let words = WORDS[localStorage.language] ?? WORDS.zh;

/** A word, with {…} filled in; what has no word is said as it came. */
const say = (key, values = {}) => Object.entries(values)
    .reduce((text, [name, value]) => text.replace(`{${name}}`, value), String(words[key] ?? key));

function long(seconds) {
    const [s, m, h, d] = words.units;
    if (seconds < 120) return `${seconds}${s}`;
    if (seconds < 7200) return `${Math.round(seconds / 60)}${m}`;
    return seconds < 172800 ? `${Math.round(seconds / 3600)}${h}` : `${Math.round(seconds / 86400)}${d}`;
}

/** A hall's own time of day, with the date where it is not today's there. */
function clock(ts, exact = false) {
    if (!ts) return "";
    const today = new Date(Date.now() + offset(ts)).toISOString().slice(0, 10);
    const time = ts.slice(11, exact ? 19 : 16);
    return ts.slice(0, 10) === today ? time : `${ts.slice(5, 10)} ${time}`;
}

function offset(ts) {
    const [, sign, hours, minutes] = ts.match(/([+-])(\d\d):(\d\d)$/) ?? [null, "+", "0", "0"];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
