#include "daemon/commission/session.hpp"

#include <algorithm>

#include "daemon/commission/switching.hpp"

namespace hall::commission {

namespace {

using Kind = Channel::Kind;

bool is_meter(Kind kind) {
    return kind == Kind::meter;
}
/// Told with the output that they belong to.
bool is_feedback(Kind kind) {
    return kind == Kind::feedback || kind == Kind::lightbox_feedback;
}
bool is_walked_input(Kind kind) {
    return is_input(kind) && !is_feedback(kind);
}

/// Has that name in it: `west_door` is `contact.west_door`, `pc1` also `circuit.pc1.meter`.
bool named(const Channel& channel, const std::string& name) {
    return ("." + channel.key + ".").find("." + name + ".") != std::string::npos;
}

}  // namespace

Session::Session(const SiteConfig& site, Scribe& scribe, Ledger& ledger, const Talk& talk,
                 SessionOptions options)
    : site_(site),
      scribe_(scribe),
      ledger_(ledger),
      talk_(talk),
      options_(std::move(options)),
      channels_(channels_of(site)),
      summary_{site_, channels_, ledger_, talk.zh()} {}

Session::~Session() = default;

bool Session::is_open(const Channel& channel) const {
    if (ledger_.standing(channel) != Standing::verified) return true;
    const bool circuit = channel.kind == Kind::circuit;
    if (!circuit && channel.kind != Kind::lightbox) return false;
    // A feedback is looked at while its output is switched.
    const Channel* feedback =
        find(channels_, circuit ? Kind::feedback : Kind::lightbox_feedback, channel.index);
    return feedback != nullptr && ledger_.standing(*feedback) != Standing::verified;
}

void Session::open_bench() {
    if (!bench_) bench_ = std::make_unique<Bench>(site_, channels_);
}

Desk Session::desk() const {
    return {site_, channels_, *bench_, ledger_, scribe_, talk_, options_.measure};
}

bool Session::run() {
    scribe_.record("started", "done", {{"config", site_.sha256}});
    std::string reason;
    try {
        devices_ = list_devices(site_, channels_, talk_);
        open_bench();
        offer_left_or_leave();
        menu();
    } catch (const Interrupted& e) {
        reason = e.what();
    }
    bench_.reset();
    if (!reason.empty()) talk_.say("interrupted", {{"why", reason}});
    talk_.line(summary_.text());
    write_report();
    scribe_.record("ended", reason.empty() ? "done" : "failed",
                   {{"verified", std::to_string(summary_.verified())},
                    {"channels", std::to_string(channels_.size())},
                    {"why", reason}});
    return reason.empty() && ledger_.left().empty();
}

/// Who wants to the menu leaves it for the next time.
void Session::offer_left_or_leave() {
    try {
        offer_left(desk());
    } catch (const Back&) {
        return;
    }
}

void Session::menu() {
    for (;;) {
        talk_.line("");
        talk_.say("so_far", {{"verified", std::to_string(summary_.verified())},
                             {"all", std::to_string(channels_.size())}});
        talk_.say("menu");
        try {
            if (!choose(talk_.ask("menu_choice"))) return;
        } catch (const Back&) {
            continue;
        }
    }
}

bool Session::choose(const std::string& choice) {
    if (choice == "q" || choice == "0") return false;
    if (choice.empty()) {
        next_open();
    } else if (choice == "1") {
        bench_.reset();
        devices_ = list_devices(site_, channels_, talk_);
    } else if (choice == "2") {
        scan();
    } else if (choice == "3") {
        walk("section.inputs", is_input);
    } else if (choice == "4") {
        walk("section.meters", is_meter);
    } else if (choice == "5") {
        walk("section.stops", is_stop);
    } else if (choice == "6") {
        walk("section.outputs", is_output);
    } else if (choice == "7") {
        talk_.line(summary_.text());
    } else if (choice == "8") {
        write_report();
        if (!options_.report) talk_.line(summary_.report(devices_, scribe_.stamp()));
    } else {
        talk_.say("menu_what", {{"what", choice}});
    }
    open_bench();
    return true;
}

void Session::step(const Channel& channel) {
    const Desk at = desk();
    if (channel.kind == Kind::circuit) {
        walk_circuit(at, channel);
    } else if (is_output(channel.kind)) {
        walk_lamp(at, channel);
    } else if (is_stop(channel.kind)) {
        walk_stop(at, channel);
    } else if (is_meter(channel.kind)) {
        walk_meter(at, channel);
    } else {
        walk_input(at, channel);
    }
}

void Session::walk(std::string_view title, Wanted wanted) {
    const auto open = std::count_if(channels_.begin(), channels_.end(), [&](const Channel& c) {
        return wanted(c.kind) && !is_feedback(c.kind) && is_open(c);
    });
    talk_.line("");
    talk_.say(title);
    const std::string name = talk_.ask("which", {{"open", std::to_string(open)}});
    if (name == "q") return;
    bool any = false;
    for (const Channel& channel : channels_) {
        if (!wanted(channel.kind)) continue;
        if (name.empty()
                ? ledger_.standing(channel) == Standing::verified || is_feedback(channel.kind)
                : !named(channel, name))
            continue;
        any = true;
        step(channel);
    }
    if (!any) talk_.say(name.empty() ? "nothing_open" : "no_such", {{"what", name}});
}

void Session::next_open() {
    // PCs are looked at while they run, before their supplies are switched.
    for (const Wanted wanted :
         {Wanted{is_walked_input}, Wanted{is_meter}, Wanted{is_stop}, Wanted{is_output}}) {
        for (const Channel& channel : channels_) {
            if (wanted(channel.kind) && is_open(channel)) step(channel);
        }
    }
}

void Session::scan() {
    for (std::size_t i = 0; i < site_.buses.size(); ++i) {
        if (!site_.buses[i].gpio)
            talk_.line("  " + std::to_string(i + 1) + " " + site_.buses[i].id);
    }
    const std::string which = talk_.ask("which_bus");
    for (std::size_t i = 0; i < site_.buses.size(); ++i) {
        if (site_.buses[i].gpio) continue;
        if (which != std::to_string(i + 1) && which != site_.buses[i].id) continue;
        // One master a line.
        bench_.reset();
        scan_bus(site_, i, talk_);
        return;
    }
    talk_.say("no_such", {{"what", which}});
}

void Session::write_report() {
    if (!options_.report) return;
    options_.report(summary_.report(devices_, scribe_.stamp()));
    talk_.say("report_written");
}

}  // namespace hall::commission
