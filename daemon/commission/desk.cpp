#include "daemon/commission/desk.hpp"

namespace hall::commission {

Desk::Watched Desk::watch(const std::function<bool()>& so,
                          std::optional<std::chrono::milliseconds> most) const {
    std::optional<SteadyTime> until;
    if (most) until = std::chrono::steady_clock::now() + *most;
    for (;;) {
        bench.take();
        if (so()) return {true, std::nullopt};
        if (until && std::chrono::steady_clock::now() >= *until) return {};
        if (auto typed = talk.terminal().line(until, bench.descriptor())) return {false, typed};
    }
}

void Desk::settle(const std::function<bool()>& so) const {
    constexpr std::chrono::milliseconds kLook{100};
    const SteadyTime until = std::chrono::steady_clock::now() + patience;
    while (!bench.wait(so, kLook) && std::chrono::steady_clock::now() < until)
        talk.terminal().check();
}

std::string Desk::title(const Channel& channel) {
    std::string title = channel.key;
    if (!channel.name.empty()) title += " " + channel.name;
    if (channel.use) title += " [" + channel.use->name + "]";
    return title;
}

std::string Desk::now(const Channel& channel) const {
    if (!bench.value(channel)) {
        const std::string why = bench.trouble(channel);
        return talk.text("silent", {{"why", why.empty() ? "" : " (" + why + ")"}});
    }
    if (channel.kind == Channel::Kind::meter) return watts_text(*bench.value(channel));
    return talk.word(channel, bench.level(channel));
}

void Desk::mark(const Channel& channel, bool verified, const std::string& seen,
                const std::string& note, std::optional<Learned> learned) const {
    scribe.record(
        "verified", verified ? "done" : "failed",
        {{"channel", channel.key}, {"wiring", channel.wiring}, {"seen", seen}, {"note", note}});
    Entry entry;
    entry.verified = verified;
    entry.at = scribe.stamp();
    entry.by = scribe.engineer();
    entry.seen = seen;
    entry.note = note;
    entry.learned = learned;
    ledger.mark(channel, std::move(entry));
    talk.say(verified ? "marked" : "not_marked",
             {{"what", channel.key}, {"seen", seen}, {"note", note.empty() ? "" : " — " + note}});
}

}  // namespace hall::commission
