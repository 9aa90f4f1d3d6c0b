// [failure]: what an output does when its board hears nothing any more, because the daemon has
// ended or hangs, or the bus is cut. A board cannot tell these apart, so there is one answer to all
// of them.
#include <algorithm>

#include "daemon/shell/config_parts.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::config {

namespace {

using drivers::Setting;
using drivers::Table;

/// A board and those of its outputs that it shall switch off by itself.
struct Board {
    const DeviceUse* device;
    const Watchdog* watchdog;
    std::vector<std::uint16_t> safe;  ///< coil addresses
    Place at;                         ///< where the file names the first of them
};

bool is_safe(const Board& board, std::uint16_t coil) {
    return std::find(board.safe.begin(), board.safe.end(), coil) != board.safe.end();
}

/// What contradicts the rules is refused; true when it does not.
bool may_go_off(Section& failure, const Text& name, const Points::Use& use) {
    switch (use.role.kind) {
        case Role::Kind::circuit:
            failure.error(name.at, "\"" + name.value + "\" is the " + use.role.text +
                                       ": losing a bus or the daemon changes no PC circuit (R14); "
                                       "remove it from safe");
            return false;
        case Role::Kind::kept_supply:
            failure.error(name.at, "\"" + name.value + "\" is the " + use.role.text +
                                       ", which must be kept (R12); remove it from safe");
            return false;
        case Role::Kind::other:
            return true;
    }
    return false;
}

const DeviceUse* device_of(const SiteConfig& site, const PointUse& use) {
    const auto found = std::find_if(
        site.devices.begin(), site.devices.end(),
        [&](const DeviceUse& d) { return d.bus == use.bus && d.unit == use.point.unit; });
    return found == site.devices.end() ? nullptr : &*found;
}

void add(Section& failure, Draft& draft, const Text& name, std::vector<Board>& boards) {
    if (draft.points.unjudged(name)) return;
    const auto use = draft.points.used(name.value);
    if (!use || use->use.point.table != Table::coil) {
        failure.error(name.at, "\"" + name.value +
                                   "\" is no output that this hall uses; name one of a window or "
                                   "the buzzer, as it stands there");
        return;
    }
    if (!may_go_off(failure, name, *use)) return;
    const DeviceUse* device = device_of(draft.site, use->use);
    const Template* kind = draft.points.kind_of(name);
    if (device == nullptr || kind == nullptr) return;  // told already
    if (!kind->watchdog) {
        failure.error(name.at, "\"" + name.value + "\": the board (" + kind->name +
                                   ") has no watchdog that could switch it off; remove it from "
                                   "safe, or use a board whose template has [watchdog]");
        return;
    }
    auto board = std::find_if(boards.begin(), boards.end(),
                              [&](const Board& b) { return b.device == device; });
    if (board == boards.end())
        board = boards.insert(boards.end(), {device, &*kind->watchdog, {}, name.at});
    board->safe.push_back(use->use.point.address);
}

/// A board that cannot hold single outputs switches all of them.
void check_others(Section& failure, Draft& draft, const Board& board) {
    if (board.watchdog->behaviour) return;
    for (const Points::Use& use : draft.points.outputs_of(board.device->bus, board.device->unit)) {
        if (is_safe(board, use.use.point.address)) continue;
        const bool circuit = use.role.kind == Role::Kind::circuit;
        const bool kept = use.role.kind == Role::Kind::kept_supply;
        failure.error(board.at, "the board of device \"" + board.device->id +
                                    "\" cannot hold single outputs, so \"" + use.use.name +
                                    "\", the " + use.role.text + ", would be switched too" +
                                    (circuit ? " (R14)"
                                     : kept  ? " (R12)"
                                             : "") +
                                    (circuit || kept ? "; remove its outputs from safe"
                                                     : "; add it to safe, or remove the others"));
    }
}

std::optional<std::uint16_t> steps(Section& failure, Place at, const Board& board, Millis after) {
    const Watchdog& dog = *board.watchdog;
    const auto whole = after / dog.step;
    if (after % dog.step == Millis{0} && whole >= 1 && whole <= dog.most)
        return static_cast<std::uint16_t>(whole);
    failure.error(at, "the watchdog of device \"" + board.device->id + "\" counts in steps of " +
                          number_text(static_cast<double>(dog.step.count()) / 1000) +
                          " s, at most " + std::to_string(dog.most) +
                          " of them; set after to a multiple within that");
    return std::nullopt;
}

/// First what each output does, then the clock that makes it so.
std::vector<Setting> settings_of(const Board& board, std::uint16_t timeout) {
    const Watchdog& dog = *board.watchdog;
    std::vector<Setting> list;
    for (int n = 0; n < dog.count; ++n) {
        const auto number = static_cast<std::uint16_t>(n);
        const auto at = [&](std::uint16_t first) {
            return static_cast<std::uint16_t>(first + number);
        };
        const bool safe = is_safe(board, at(dog.first_coil));
        if (dog.level && safe) list.push_back({dog.level->table, at(dog.level->address), 0, {}});
        if (dog.behaviour) {
            list.push_back({Table::holding,
                            at(dog.behaviour->address),
                            safe ? dog.behaviour->safe : dog.behaviour->hold,
                            {}});
        }
    }
    list.push_back({Table::holding, dog.timeout, timeout, {}});
    if (dog.enable) list.push_back({Table::coil, *dog.enable, 1, {}});
    if (dog.tripped) list.push_back({Table::coil, dog.tripped->address, 0, dog.tripped->clear});
    return list;
}

void check_polls(Section& failure, Draft& draft, const Board& board, Place at, Millis after) {
    const Millis every = draft.site.scan_intervals.at(board.device->bus);
    constexpr int kPollsToFeed = 4;
    if (kPollsToFeed * every <= after) return;
    failure.error(at, "device \"" + board.device->id + "\" is read every " +
                          number_text(static_cast<double>(every.count()) / 1000) +
                          " s, which does not keep its watchdog quiet; set after to at least " +
                          number_text(static_cast<double>((kPollsToFeed * every).count()) / 1000) +
                          " s");
}

}  // namespace

void read_failure(Section& top, Draft& draft) {
    auto failure = top.table("failure");
    if (!failure) return;
    Millis after{10'000};
    failure->seconds("after", after, {2, 3600});
    const Place after_at = failure->place("after");
    if (!failure->has("safe")) failure->missing("safe");
    const auto safe = failure->texts("safe");
    failure->finish();
    std::vector<Board> boards;
    for (const Text& name : safe.value_or(std::vector<Text>{})) add(*failure, draft, name, boards);
    for (const Board& board : boards) {
        check_others(*failure, draft, board);
        check_polls(*failure, draft, board, after_at, after);
        if (const auto timeout = steps(*failure, after_at, board, after)) {
            draft.site.buses.at(board.device->bus)
                .setups.push_back({board.device->unit, settings_of(board, *timeout)});
        }
    }
}

}  // namespace hall::config
