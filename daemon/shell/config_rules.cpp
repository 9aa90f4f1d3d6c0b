// What concerns more than one part of a configuration.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

std::string seconds_text(Millis length) {
    return number_text(static_cast<double>(length.count()) / 1000) + " s";
}

/// R24: the buses and devices without which a window cannot serve.
class LinksOf {
  public:
    explicit LinksOf(const SiteConfig& site) : site_(site) {}

    void need(const std::optional<PointUse>& use) {
        if (!use) return;
        add(site_.bus_links.at(use->bus));
        for (const DeviceUse& device : site_.devices) {
            if (device.bus == use->bus && device.unit == use->point.unit) add(device.link);
        }
    }
    [[nodiscard]] std::vector<LinkIx> take() {
        std::sort(links_.begin(), links_.end());
        return std::move(links_);
    }

  private:
    void add(LinkIx link) {
        if (std::find(links_.begin(), links_.end(), link) == links_.end()) links_.push_back(link);
    }

    const SiteConfig& site_;
    std::vector<LinkIx> links_;
};

void link_windows(SiteConfig& site) {
    for (std::size_t w = 0; w < site.windows.size(); ++w) {
        LinksOf links(site);
        for (const PointUse& lamp : site.windows[w].lamps) links.need(lamp);
        links.need(site.windows[w].button);
        links.need(site.windows[w].fault_button);
        for (std::size_t c = 0; c < site.circuits.size(); ++c) {
            if (site.hall.circuits[c].window != WindowIx::of(w)) continue;
            links.need(site.circuits[c].output);
            links.need(site.circuits[c].feedback);
            links.need(site.circuits[c].meter);
            links.need(site.circuits[c].power_good);
        }
        site.hall.windows[w].links = links.take();
    }
}

/// What is read too seldom is never fresh (R8) and proves nothing in time (R10). Two readings must
/// fit, since a cut falls anywhere between two.
void check_interval(Draft& draft, std::size_t circuit, const PointUse& point, Millis every,
                    const char* key, const char* limit_key, Millis limit) {
    if (2 * every <= limit) return;
    draft.faults.error(draft.circuit_places[circuit],
                       "circuit \"" + draft.site.hall.circuits[circuit].id + "\": " + point.name +
                           " is read every " + seconds_text(every) + ", too seldom for closing." +
                           limit_key + " = " + seconds_text(limit) + "; set " + key + " of bus \"" +
                           draft.site.buses[point.bus].id + "\" to at most " +
                           seconds_text(limit / 2));
}

void check_intervals(Draft& draft) {
    const SiteConfig& site = draft.site;
    const ClosingConfig& closing = site.hall.closing;
    for (std::size_t c = 0; c < site.circuits.size(); ++c) {
        if (const auto& meter = site.circuits[c].meter) {
            const Millis every = site.meter_intervals.at(meter->bus);
            check_interval(draft, c, *meter, every, "meter_interval", "fresh_within",
                           closing.fresh_within);
            check_interval(draft, c, *meter, every, "meter_interval", "prove_within",
                           closing.prove_within);
        }
        if (const auto& feedback = site.circuits[c].feedback) {
            check_interval(draft, c, *feedback, site.scan_intervals.at(feedback->bus),
                           "scan_interval", "prove_within", closing.prove_within);
        }
    }
}

/// R22: from a button to its lamp within 200 ms.
void warn_of_slow_buttons(Draft& draft) {
    constexpr Millis kMost{150};
    for (std::size_t w = 0; w < draft.site.windows.size(); ++w) {
        const auto& button = draft.site.windows[w].button;
        if (!button || draft.site.scan_intervals.at(button->bus) <= kMost) continue;
        draft.faults.warning(draft.window_places[w],
                             "window \"" + draft.site.hall.windows[w].id +
                                 "\": its button is read too seldom for a lamp within 0.2 s (R22); "
                                 "set scan_interval of bus \"" +
                                 draft.site.buses[button->bus].id + "\" to at most 0.15 s");
    }
}

/// R5: an authorisation that ends before the PCs had their time would cut nothing.
void check_authorisation(Draft& draft) {
    const ClosingConfig& closing = draft.site.hall.closing;
    Millis longest{0};
    for (const CircuitConfig& circuit : draft.site.hall.circuits)
        longest = std::max(longest, circuit.off_for);
    const Millis needed = closing.countdown + closing.stop_timeout + longest;
    if (closing.authorisation_ttl >= needed) return;
    draft.faults.error(draft.closing,
                       "authorisation_ttl = " + seconds_text(closing.authorisation_ttl) +
                           " ends before countdown, stop_timeout and off_for have "
                           "passed (" +
                           seconds_text(needed) + "); an expired authorisation cuts nothing (R5)");
}

}  // namespace

void check_rules(Draft& draft) {
    draft.points.tell_double_use();
    check_authorisation(draft);
    if (draft.site.buses.empty()) return;  // then no point was found, and that is told
    check_intervals(draft);
    warn_of_slow_buttons(draft);
    if (!draft.faults.any_error()) link_windows(draft.site);
}

}  // namespace hall::config
