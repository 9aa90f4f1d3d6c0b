#include "daemon/telemetry/sentence_table.hpp"

#include <algorithm>
#include <array>

namespace hall::telemetry {

namespace {

constexpr SentenceForm kForms[] = {
    // --- confirming a closing (R1-R6) ---
    {"plan_changed", "情况有变化（{what}），前面的确认作废。请重新看一遍再确认。",
     "Something changed ({what}), so earlier confirmations are void. Look again, then confirm."},
    {"plan_unknown", "画面已过时。请重新看一遍再确认。",
     "This picture is out of date. Look again, then confirm."},
    {"plan_missing", "没有说明确认的是哪个方案。请重新看一遍再确认。",
     "It was not said which plan is confirmed. Look again, then confirm."},
    {"confirm_window_over", "第二人没有在时间内确认，前面的确认作废。请重新开始。",
     "The second person did not confirm in time, so nothing counts. Please start again."},
    {"same_person", "这是同一个人。请另一位同事来确认。",
     "That is the same person. A colleague must confirm."},
    {"contact_open", "{what}还开着，请去关好。", "{what} is open. Please shut it."},
    {"contact_unknown", "{what}的传感器没有应答。请去查看，或注明原因后例外。",
     "The sensor of {what} does not answer. Look at it, or except it with a reason."},
    {"attest_missing", "{what}没有传感器。请亲自查看并勾选。",
     "{what} has no sensor. Please look yourself and tick it."},
    {"inhibited", "管理系统暂时禁止关厅。请联系值班管理人员。",
     "The management system forbids closing for now. Call the duty manager."},
    {"already_closed", "大厅已经关了，不用再关。", "The hall is closed already: nothing to do."},
    {"already_open", "大厅已经开了，不用再开。", "The hall is open already: nothing to do."},
    {"closing_under_way", "正在关厅。请等它完成，或先取消。",
     "A closing is under way. Wait until it has ended, or cancel it first."},
    {"nothing_to_cancel", "没有可取消的关厅，不用操作。",
     "There is no closing to cancel: nothing to do."},
    {"not_held", "{what}已经不用决定了。请看最新的画面。",
     "{what} needs no decision any more. Look at the newest picture."},
    {"authorisation_expired", "授权已过期，没有断电的保持通电。请重新关厅。",
     "The authorisation has expired; what was not cut keeps its power. Please close again."},
    {"nothing_to_extend", "今天不上班，不用延长。", "Today is a day off: nothing to extend."},
    {"not_now", "现在不能这样做。请等当前操作完成再试。",
     "Not now. Wait until what is under way has ended, then try again."},
    {"cancelled", "关厅已取消，前面的确认作废。要关厅请重新确认。",
     "Closing was cancelled, so earlier confirmations are void. To close, confirm again."},
    {"restarted", "控制器重新启动过，没有完成的确认作废。请重新确认。",
     "The controller was restarted, so unfinished confirmations are void. Please confirm again."},

    // --- what a request says ---
    {"malformed", "请求不完整或写错了（{field}）。请检查后重发。",
     "The request is incomplete or wrong ({field}). Correct it and send it again."},
    {"reason_missing", "没有写原因。请写明原因。", "The reason is missing. Please give one."},
    {"bad_value", "这个值不可以（{field}）。请换一个。",
     "That value is not possible ({field}). Choose another one."},
    {"unknown_circuit", "没有叫 {what} 的回路。请核对名称。",
     "There is no circuit {what}. Check the name."},
    {"unknown_contact", "没有叫 {what} 的门窗。请核对名称。",
     "There is no door or window contact {what}. Check the name."},
    {"unknown_window", "没有叫 {what} 的窗口。请核对名称。",
     "There is no service window {what}. Check the name."},
    {"alarm_unknown", "这条报警已经没有了，不用确认。",
     "That alarm is gone already: nothing to acknowledge."},

    // --- posts (R23) ---
    {"unknown_post", "没有叫 {what} 的岗位。请核对名称。",
     "There is no post {what}. Check the name."},
    {"not_of_post", "你不是{what}的A角或B角。请选自己的岗位，或请管理人员调整岗位名单。",
     "You are not of the pair of {what}. Choose your own post, or ask the management to assign "
     "you."},
    {"already_signed_in", "你在{what}已经签到，不用再签。",
     "You are signed in at {what} already: nothing to do."},
    {"signed_in_elsewhere", "已经在{what}签到。请先在那里签退。",
     "Signed in at {what} already. Sign out there first."},
    {"not_signed_in", "没有签到，不能签退或交接。请先签到。",
     "Not signed in, so there is nothing to sign out of or hand over. Sign in first."},

    // --- persons (R26, R27) ---
    {"not_allowed", "你没有这项权限。请找有权限的同事。",
     "You are not entitled to this. Ask a colleague who is."},
    {"disabled", "你的账号已停用。请联系管理人员。",
     "Your account is disabled. Ask the management."},
    {"wrong_credential", "工号（卡）或密码不对，还可以试 {attempts_left} 次。请重新输入。",
     "Staff number (card) or PIN is wrong, {attempts_left} tries left. Please enter them again."},
    {"locked", "输错太多次，已锁定。请等 {seconds_left} 秒再试。",
     "Too many wrong tries: locked. Wait {seconds_left} s, then try again."},
    {"busy", "控制器正忙。请等几秒再试。", "The controller is busy. Try again in a few seconds."},
    {"credentials_unavailable", "现在无法核对工号和密码，没有执行。请联系设备管理人员。",
     "Staff numbers and PINs cannot be checked now, so nothing was done. Call facilities."},
    {"internal", "控制器内部出错，没有执行。请再试一次，不行就联系设备管理人员。",
     "The controller failed, nothing was done. Try again; if it persists, call facilities."},

    // --- commands over MQTT (R31) ---
    {"retained", "命令带有保留标志，没有执行。请不带保留标志重发。",
     "The command was retained and had no effect. Send it again without the retain flag."},
    {"duplicate", "这条命令已经收到过，没有再执行。要再做请换新的 id。",
     "This command was received before and had no further effect. Use a new id to repeat it."},
    {"expired", "命令已过期，没有执行。请重新发送。",
     "The command has expired and had no effect. Send a new one."},
    {"too_old", "命令发出太久，没有执行。请核对时钟后重新发送。",
     "The command was issued too long ago and had no effect. Check the clocks, send a new one."},
    {"from_future", "命令的时间在将来，没有执行。请核对发送方的时钟。",
     "The command is dated in the future and had no effect. Check the sender's clock."},
    {"too_large", "命令太长，没有执行。请缩短到 8 KiB 以内。",
     "The command is too long and had no effect. Keep it below 8 KiB."},
    {"unknown_command", "没有这个命令，没有执行。请核对命令名称。",
     "There is no such command; nothing was done. Check its name."},
    {"rate_limited", "命令太密，没有执行。请放慢再发。",
     "Too many commands at once; nothing was done. Send them more slowly."},

    // --- alarms: closing and power ---
    {"closing_overdue", "到时间还没有关厅。请两位同事到面板上关厅，或延长下班时间。",
     "The hall is not closed in time. Two people close it at the panel, or extend the day."},
    {"pc_not_off", "{what}没有关机。请看它的屏幕，再选择等待、保留通电或强制断电。",
     "{what} did not shut down. Look at its screen, then wait, leave it on, or force it off."},
    {"pc_left_on", "{what}关厅后仍通电{detail}。请设备管理人员查看。",
     "{what} kept its power after closing{detail}. Facilities should look at it."},
    {"closing_cut_short", "关厅中途停止，{what}仍通电。请再次关厅，或请设备管理人员处理。",
     "Closing was stopped half-way and {what} kept its power. Close again, or call facilities."},
    {"welded_contact", "{what}断电未能证实，接触器可能粘连。请电工检查，不要靠近接线。",
     "The cut of {what} is not proven; its contactor may be welded. Have an electrician check it."},
    {"switch_limit", "{what}今天开关次数已到上限，为保护设备不再动作。请联系设备管理人员。",
     "{what} was switched too often today and is spared now. Call facilities."},
    {"output_failed", "{what}的继电器没有应答。请设备管理人员检查继电器板和接线。",
     "The relay of {what} does not answer. Facilities should check the board and its wiring."},
    {"stuck_open", "{what}通电未能证实。请设备管理人员检查接触器。",
     "Power-on of {what} is not proven. Facilities should check its contactor."},
    {"power_unexpected", "{what}本应断电却有电。请立即查看现场。",
     "{what} has power and should not. Look at it at once."},
    {"meter_silent", "{what}的电表没有应答，无法判断是否关机。请检查电表和接线。",
     "The meter of {what} does not answer, so nobody knows if it is off. Check meter and wiring."},

    // --- alarms: doors, windows, machine ---
    {"door_after_hours", "{what}在下班后打开。请立即查看现场。",
     "{what} was opened after hours. Look at it at once."},
    {"credential_after_hours", "下班后有人在面板上输错卡或密码。请查看现场。",
     "Somebody used a wrong card or PIN at the panel after hours. Look at the site."},
    {"contact_left_open", "关厅时{what}没有关。请去关好。",
     "{what} was left open at closing. Please shut it."},
    {"link_lost", "与 {what} 的通信中断。请检查电源、网线或总线接线。",
     "No contact with {what}. Check its power, network cable or bus wiring."},
    {"window_unattended", "{what}应有人值守却无人签到，已暂停服务。请A角或B角到岗签到。",
     "Nobody is signed in at {what}, so it is paused. Its primary or backup should sign in."},
    {"power_lost", "{what}没有电，窗口不能服务。请检查断路器和接触器。",
     "{what} has no power, so its window cannot serve. Check breaker and contactor."},
    {"pc_unreachable", "{what}在网络上没有应答，窗口不能服务。请检查网线和计算机。",
     "{what} does not answer on the network, so its window cannot serve. Check cable and PC."},
    {"window_fault", "{what}故障{detail}。请责任部门处理，修好后把窗口改回服务。",
     "{what} has a fault{detail}. The department in charge should see to it, then set it back."},
    {"clock_untrusted", "控制器时钟不可信，不按时间动作，也不接受网络命令。请检查对时。",
     "The controller's clock cannot be trusted: it switches nothing by time and takes no commands. "
     "Have its time synchronisation checked."},
    {"calendar_missing",
     "缺少节假日日历{detail}。请更新日历文件，否则节假日和调休会按平常的星期处理。",
     "A holiday calendar is missing{detail}. Add the file, or holidays and make-up days are taken "
     "for "
     "ordinary ones."},
    {"journal_damaged", "日志有损坏，旧文件已另存{detail}。请联系设备管理人员保全证据。",
     "The journal is damaged; the old file was kept{detail}. Call facilities to secure it."},
    {"journal_unavailable", "日志无法写入，什么都不会动作。请联系设备管理人员检查磁盘。",
     "The journal cannot be written, so nothing is switched. Call facilities to check the disk."},
    {"recorder_failed",
     "运行记录仪无法写入{detail}，其他功能不受影响。请联系设备管理人员检查磁盘。",
     "The flight recorder cannot write{detail}; all else works. Call facilities to check the "
     "disk."},
    {"certificate_expiring",
     "连接消息服务器的证书（{subject}）即将到期或无法读取{detail}"
     "。请设备管理人员更换，否则大厅将无法上报。",
     "A certificate for the broker ({subject}) runs out soon, or cannot be read{detail}. "
     "Facilities "
     "should renew it, or the hall cannot report."},

    {"watchdog_not_armed",
     "{subject}的通信看门狗无法设置{detail}。通信中断时其指示灯不会自行熄灭。请联系设备管理人员。",
     "The watchdog of {subject} cannot be set{detail}: its lamps stay as they are when the line is "
     "silent. Call facilities."},

    // --- why a circuit was left on ---
    {"detail.authorisation_expired", "授权已过期", "the authorisation had expired"},
    {"detail.excepted", "已例外", "excepted"},

    {"other", "没有办成（{code}）。请再试一次，不行就联系设备管理人员。",
     "It did not work ({code}). Try again; if it persists, call facilities."},
};

}  // namespace

const SentenceForm* find_sentence(std::string_view code) {
    const auto* found = std::find_if(std::begin(kForms), std::end(kForms),
                                     [&](const SentenceForm& f) { return f.code == code; });
    return found == std::end(kForms) ? nullptr : found;
}

}  // namespace hall::telemetry
