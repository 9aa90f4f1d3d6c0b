// What commissioning says and asks, in both languages.
#include "daemon/commission/talk.hpp"

namespace hall::commission {

namespace {

void add_levels(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"level.unknown", "未知", "unknown"},
             {"level.closed", "关", "closed"},
             {"level.open", "开", "open"},
             {"level.pressed", "按下", "pressed"},
             {"level.released", "松开", "released"},
             {"level.conducts", "接通", "conducts"},
             {"level.interrupted", "断开", "interrupted"},
             {"level.pc_on", "计算机在运行", "PC on"},
             {"level.pc_off", "计算机已关", "PC off"},
             {"level.powered", "通电", "powered"},
             {"level.cut", "断电", "cut"},
             {"level.lit", "亮", "lit"},
             {"level.dark", "灭", "dark"},
             {"level.sounding", "响", "sounding"},
             {"level.quiet", "不响", "quiet"},
             {"level.on", "开", "on"},
             {"level.off", "关", "off"},
             {"standing.open", "未检查", "open"},
             {"standing.verified", "已确认", "verified"},
             {"standing.failed", "不正常", "failed"},
             {"standing.changed", "接线已变", "wiring changed"},
         })
        to.push_back(p);
}

void add_menu(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"welcome",
              "调试 {name}（{hall}）。守护进程停着，您在的时候也启动不了。随时按 Ctrl-C "
              "结束：开过的都会复原。",
              "Commissioning of {name} ({hall}). The daemon is stopped, and cannot start while you "
              "are here. "
              "Ctrl-C ends it at any time: whatever was switched is put back."},
             {"who", "您的姓名（写进记录）：", "Your name (it goes into the records):"},
             {"who_again", "请写 1 到 40 个字的姓名。",
              "Please give a name of 1 to 40 characters."},
             {"menu",
              " 1 总线和设备\n 2 在总线上寻找设备\n 3 输入\n 4 电表和阈值\n 5 关机方法\n 6 输出\n "
              "7 清单\n 8 报告\n q 结束",
              " 1 buses and devices\n 2 look for units on a bus\n 3 inputs\n 4 meters and "
              "thresholds\n"
              " 5 how PCs are asked to shut down\n 6 outputs\n 7 list\n 8 report\n q end"},
             {"menu_choice", "编号，或按回车继续未确认的：",
              "Number, or Enter to go on with what is not verified:"},
             {"menu_what", "没有“{what}”这一项。", "There is no \"{what}\" here."},
             {"so_far", "已确认 {verified} / {all}。", "{verified} of {all} verified."},
             {"section.inputs", "输入", "Inputs"},
             {"section.meters", "电表和阈值", "Meters and thresholds"},
             {"section.stops", "关机方法", "How PCs are asked to shut down"},
             {"section.outputs", "输出", "Outputs"},
             {"which", "回车：全部未确认的（{open} 个）；或写名称（如 west_door）：",
              "Enter: all that are not verified ({open}); or a name (like west_door):"},
             {"nothing_open", "这里都已确认。", "All of these are verified."},
             {"no_such", "没有叫“{what}”的。", "Nothing here is called \"{what}\"."},
             {"which_bus", "哪条总线（编号或名称）？", "Which bus (number or name)?"},
             {"y_n_s_q", "请答 y（是）、n（否）、s（跳过）或 q（回菜单）。",
              "Please answer y (yes), n (no), s (skip) or q (back to the menu)."},
             {"interrupted", "已中断（{why}）。", "Interrupted ({why})."},
             {"report_written", "报告已写好。", "The report is written."},
             {"thresholds_fit", "阈值合适", "thresholds fit"},
             {"thresholds_misfit", "配置的阈值不合适", "the configured thresholds do not fit"},
             {"marked", "✓ {what} 已确认：{seen}{note}", "✓ {what} verified: {seen}{note}"},
             {"not_marked", "✗ {what} 不正常：{seen}{note}", "✗ {what} is not right: {seen}{note}"},
             {"silent", "没有应答{why}", "no answer{why}"},
         })
        to.push_back(p);
}

void add_survey(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"bus", "总线 {bus}（{where}）", "Bus {bus} ({where})"},
             {"bus_closed", "总线 {bus} 打不开：{why}", "Bus {bus} cannot be opened: {why}"},
             {"device_answers", "  {device}（地址 {unit}，{template}）应答，{took}",
              "  {device} (unit {unit}, {template}) answers in {took}"},
             {"device_refuses",
              "  {device}（地址 {unit}，{template}）在，但拒绝：{why}。请核对模板。",
              "  {device} (unit {unit}, {template}) is there and refuses: {why}. Check the "
              "template."},
             {"device_silent", "  {device}（地址 {unit}，{template}）没有应答（{took}）：{why}",
              "  {device} (unit {unit}, {template}) does not answer ({took}): {why}"},
             {"scan_begins", "在 {bus} 上逐个询问地址 1 到 247，只读不写。按回车可提前结束。",
              "Asking units 1 to 247 on {bus}; this only reads. Enter ends it early."},
             {"scan_at", "  … {unit}", "  … {unit}"},
             {"scan_known", "  地址 {unit}：{device}，{took}", "  unit {unit}: {device}, {took}"},
             {"scan_unknown", "  地址 {unit}：有应答，但没有配置（{took}）{why}",
              "  unit {unit}: answers and is not configured ({took}) {why}"},
             {"scan_ended_early", "到地址 {unit} 为止。", "Ended after unit {unit}."},
             {"scan_over", "{bus}：{count} 个地址有应答。", "{bus}: {count} units answer."},
         })
        to.push_back(p);
}

void add_inputs(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"input", "{what}：{level}", "{what}: {level}"},
             {"is_it_so", "{what} 现在真的是“{level}”吗？[y/n/s/q]",
              "Is {what} really \"{level}\" now? [y/n/s/q]"},
             {"operate.contact", "请把它开关一次（开再关，或关再开）。没有反应就按回车；s 跳过。",
              "Now operate it there and back (open and close). Enter if nothing happens; s skips."},
             {"operate.button", "请按一下再松开。没有反应就按回车；s 跳过。",
              "Now press it and let go. Enter if nothing happens; s skips."},
             {"operate.power_good", "请把这台计算机关机（或开机）。没有反应就按回车；s 跳过。",
              "Now shut this PC down (or start it). Enter if nothing happens; s skips."},
             {"operate.other", "请操作它并复原。没有反应就按回车；s 跳过。",
              "Now operate it there and back. Enter if nothing happens; s skips."},
             {"changed", "  {what}：{level}", "  {what}: {level}"},
             {"feedback_with_output", "{what}：和它的输出一起检查（6）。",
              "{what}: is looked at together with its output (6)."},
             {"inverted",
              "{what} 显示“{level}”，与实际相反：接线是反的。请在 {section} 里写 "
              "{line}，再来确认。",
              "{what} says \"{level}\" and the opposite is true: its wiring is inverted. Enter "
              "{line} in "
              "{section}, then look again."},
             {"note.inverted", "接反了：{line}", "inverted: {line}"},
             {"note.silent", "没有应答", "no answer"},
             {"note.no_change", "操作时没有变化", "did not change when it was operated"},
             {"note.instead", "操作时变化的是 {other}：接错了？",
              "{other} changed instead: are two wires swapped?"},
         })
        to.push_back(p);
}

void add_meters(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"meter", "{what}：{level}", "{what}: {level}"},
             {"runs_or_off", "{what} 现在：r 在运行（最好空闲），o 已关机（不断电），s 跳过？",
              "{what} now: r it runs (idle is best), o it is off (its supply is on), s skip?"},
             {"then_off", "请把它正常关机，不要断电。关好后按回车（s 跳过）：",
              "Now shut it down normally, its supply stays on. Enter when it is off (s skips):"},
             {"then_running", "请把它开机。启动完后按回车（s 跳过）：",
              "Now start it. Enter when it has started (s skips):"},
             {"measuring", "测量 {seconds} 秒……", "Measuring for {seconds} s ..."},
             {"measured", "  {least} 到 {most}，{samples} 个值",
              "  {least} to {most}, {samples} samples"},
             {"unsteady", "功率还在变化：它还没有完全关机。请等一等再测。",
              "The power still changes: it is not off yet. Wait, then measure again."},
             {"meter_seen", "关机 {off}，运行 {running}", "off {off}, running {running}"},
             {"proposal",
              "关机时最多 {off_most}，运行时最少 {running_least}：off_watts 取中间的 "
              "{off_watts}，两边留同样的倍数。"
              "断电后应低于 {cut_watts}（关机时最少 {off_least} 的一半）。",
              "Off it draws at most {off_most}, running at least {running_least}: off_watts = "
              "{off_watts} lies "
              "in the middle, by the same factor from both. A cut circuit must read below "
              "{cut_watts} (half of "
              "the least when off, {off_least})."},
             {"meter_proves_no_cut", "关机时功率太小，电表分不出关机和断电：必须有接触器反馈。",
              "Off it draws so little that the meter cannot tell a cut from it: the contactor's "
              "feedback must."},
             {"config_fits", "配置里的 off_watts {off_watts}、cut_watts {cut_watts} 也合适；建议：",
              "The configured off_watts {off_watts} and cut_watts {cut_watts} fit, too; proposed:"},
             {"config_differs",
              "配置里的 off_watts {off_watts}、cut_watts {cut_watts} 不合适。请写入：",
              "The configured off_watts {off_watts} and cut_watts {cut_watts} do not fit. Enter:"},
             {"note.enter", "请写入 {line}", "enter {line}"},
             {"note.too_near",
              "关机和运行的功率太接近，电表证明不了关机：请接电源正常信号（power_good）。",
              "off and running are too near for a meter to prove anything: wire a power_good "
              "input"},
             {"note.swapped", "关机时反而更大：是两个状态弄反了，还是别的计算机的电表？",
              "off draws more than running: were the two mixed up, or is it another PC's meter?"},
             {"note.out_of_bounds", "合适的阈值超出配置允许的范围（0.1 到 100 W）。",
              "what would fit lies outside of what off_watts may be (0.1 to 100 W)"},
         })
        to.push_back(p);
}

void add_outputs(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"output", "{what}：{level}", "{what}: {level}"},
             {"switch_it", "要切换 {what} 看一下吗？[y/n/s/q]",
              "Switch {what} for a look? [y/n/s/q]"},
             {"see_output", "{what} 现在是“{level}”，别的没有变：对吗？[y/n/s/q]",
              "Is {what} \"{level}\" now, and nothing else changed? [y/n/s/q]"},
             {"pc_runs",
              "{id} 好像在运行（{seen}）。现在断电会伤数据。请先正常关机，再按回车。"
              "s 跳过；一定要断就写 {word}：",
              "{id} seems to run ({seen}); cutting it now can destroy data. Shut it down first, "
              "then press "
              "Enter. s skips; to cut it anyway type {word}:"},
             {"type_cut", "{id} 的计算机将断电片刻再送电（{seen}）。没有人在用它？确认请写 {id}：",
              "The supply of {id} will be cut for a moment ({seen}). Nobody works at that PC? "
              "Then type {id}:"},
             {"type_power",
              "{id} "
              "现在断着电。将送电片刻再断开；计算机可能自己启动，请先拔掉它。没有人在接线？确认请写"
              " {id}：",
              "{id} is cut. It will get power for a moment and be cut again; a PC that starts by "
              "itself must be "
              "unplugged first. Nobody works at that PC or its wires? Then type {id}:"},
             {"not_switched", "{what}：没有动作。", "{what}: nothing was done."},
             {"see_cut", "{id}（{name}）的插座没电了，别的都有电：对吗？[y/n/s/q]",
              "Has the outlet of {id} ({name}) lost its supply, and no other? [y/n/s/q]"},
             {"see_power", "{id}（{name}）的插座有电了，别的没有变：对吗？[y/n/s/q]",
              "Has the outlet of {id} ({name}) got its supply, and no other changed? [y/n/s/q]"},
             {"feedback", "  反馈 {what}：{level}", "  feedback {what}: {level}"},
             {"circuit_seen",
              "{first} → {second} → {first}；证据 {before} → {during}；反馈 {feedback}",
              "{first} → {second} → {first}; evidence {before} → {during}; feedback {feedback}"},
             {"note.not_cut", "断电时电表不低于 {limit}：接触器粘连，或接错了电表",
              "the meter did not fall below {limit}: a welded contactor, or another circuit's "
              "meter"},
             {"note.meter_told_nothing", "断电前电表就没有读数，证明不了断电：请接上计算机再试",
              "the meter read nothing before the cut, so it proves none: plug the PC in and try "
              "again"},
             {"note.no_follow", "反馈没有跟着变", "the feedback did not follow"},
             {"note.not_seen", "看到的不是它", "not what the engineer saw"},
             {"note.not_switched", "继电器没有动作：{why}", "the board did not switch it: {why}"},
             {"put_back", "{what} 已复原：{level}", "{what} is put back: {level}"},
             {"put_back_again", "{what} 还没有复原（{why}），再试……",
              "{what} is not put back yet ({why}), trying again ..."},
             {"not_put_back", "！{what} 没能复原，应为“{level}”。请手动处理；下次启动会再问。",
              "! {what} could not be put back; it should be \"{level}\". See to it by hand; the "
              "next start asks "
              "again."},
             {"ended_not_put_back", "因此结束：有输出没有复原",
              "ended, because an output could not be put back"},
             {"left", "上次没有复原：{what} [{point}]，{by}，{at}",
              "Left switched by an earlier commissioning: {what} [{point}], {by}, {at}"},
             {"left_unknown", "配置里已经没有这样接线的 {what}（{wiring}），不能替您复原。",
              "The configuration has no {what} wired like that ({wiring}) any more: it cannot be "
              "put back here."},
             {"left_forget", "不再记着它吗？[y/n/s/q]", "Forget about it? [y/n/s/q]"},
             {"left_is_back", "{what} 已经是原来的状态。", "{what} has its former level again."},
             {"left_daemon_ran", "在那以后守护进程运行过：现在的状态可能是它定的。",
              "A daemon has run since: the present level may be its decision."},
             {"left_put_back", "把 {what} 复原成“{level}”吗？[y/n/s/q]",
              "Put {what} back to \"{level}\"? [y/n/s/q]"},
         })
        to.push_back(p);
}

void add_stops(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"stop_pulse", "{what}：电源按钮脉冲", "{what}: a pulse on the PC's power button"},
             {"stop_command", "{what}：程序 {how}", "{what}: the program {how}"},
             {"stop_not_running", "{id} 没有确实在运行（{seen}），现在试不出来。请先开机。",
              "{id} does not surely run ({seen}), so nothing would be seen. Start it first."},
             {"type_stop", "{id} 的计算机将被要求关机（{seen}）。没有人在用它？确认请写 {id}：",
              "The PC of {id} will be asked to shut down ({seen}). Nobody works at it? Then type "
              "{id}:"},
             {"stop_wait", "等它关机，最多 {seconds} 秒（回车提前结束）……",
              "Waiting for it to be off, at most {seconds} s (Enter ends it early) ..."},
             {"stop_seen", "{before} → {after}，{seconds} 秒", "{before} → {after} in {seconds} s"},
             {"start_again", "它已关机；需要时请用它的按钮开机。",
              "It is off; start it by its button when it is wanted."},
             {"note.not_off", "没有关机", "it did not go off"},
             {"note.not_asked", "没能要求它关机：{why}", "it could not be asked: {why}"},
         })
        to.push_back(p);
}

void add_report(std::vector<Phrase>& to) {
    for (const Phrase& p : std::initializer_list<Phrase>{
             {"report.title", "{name}：调试报告", "{name}: commissioning report"},
             {"report.what", "项目", "what"},
             {"report.hall", "大厅", "hall"},
             {"report.config", "配置文件", "configuration"},
             {"report.made", "生成时间", "made"},
             {"report.result", "结果", "result"},
             {"report.complete", "全部确认。", "Complete."},
             {"report.incomplete", "未完成。", "Not complete."},
             {"report.left", "没有复原", "left switched"},
             {"report.devices", "设备", "Devices"},
             {"report.device", "设备", "device"},
             {"report.bus", "总线", "bus"},
             {"report.unit", "地址", "unit"},
             {"report.template", "模板", "template"},
             {"report.source", "模板来源", "the template's source"},
             {"report.proven", "模板验证", "the template is verified by"},
             {"report.answer", "应答", "answer"},
             {"report.not_asked", "没有询问", "not asked"},
             {"report.silent", "没有应答：{why}", "none: {why}"},
             {"report.channels", "通道", "Channels"},
             {"report.channel", "通道", "channel"},
             {"report.name", "名称", "name"},
             {"report.wiring", "接线", "wiring"},
             {"report.seen", "证据", "evidence"},
             {"report.note", "说明", "note"},
             {"report.when", "时间", "time"},
             {"report.who", "姓名", "by"},
             {"report.was_wired", "原来接在 {wiring}", "was wired to {wiring}"},
             {"report.thresholds", "阈值", "Thresholds"},
             {"report.circuit", "回路", "circuit"},
             {"report.soft_off", "关机", "off"},
             {"report.running", "运行", "running"},
             {"report.configured", "配置（off_watts, cut_watts）",
              "configured (off_watts, cut_watts)"},
             {"report.none", "无", "none"},
             {"report.attested", "没有传感器、由人员查看的门窗：{what}。",
              "Contacts without a sensor, attested by staff: {what}."},
             {"report.signatures", "签字", "Signatures"},
             {"report.engineer", "调试人员", "Engineer"},
             {"report.owner", "大厅负责人", "For the hall"},
             {"report.date", "日期", "Date"},
         })
        to.push_back(p);
}

}  // namespace

const std::vector<Phrase>& phrases() {
    static const std::vector<Phrase> all = [] {
        std::vector<Phrase> list;
        add_levels(list);
        add_menu(list);
        add_survey(list);
        add_inputs(list);
        add_meters(list);
        add_outputs(list);
        add_stops(list);
        add_report(list);
        return list;
    }();
    return all;
}

}  // namespace hall::commission
