// hallctl schedule preview: what lightbox, hours and calendar will do, as a table, as JSON, or as
// the picture of a year.
#include <fstream>
#include <iostream>
#include <memory>

#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/schedule_svg.hpp"
#include "daemon/shell/config_text.hpp"

namespace hall::ctl {

namespace {

constexpr int kMostDays = 1100;  // three years

struct Options {
    std::string config = "/etc/halld/hall.toml";
    std::string from;
    int days = 0;
    std::string svg;
    bool json = false;
};

std::string stamp(const HallConfig& hall, WallTime t) {
    // Whole seconds: nothing in a schedule is finer.
    const auto offset = hall.zone.offset_at(t);
    std::string text = rfc3339(std::chrono::floor<std::chrono::seconds>(t), offset);
    if (const auto dot = text.find('.'); dot != std::string::npos) text.erase(dot, 4);
    return text;
}

nlohmann::json stamp(const HallConfig& hall, const std::optional<WallTime>& t) {
    return t ? nlohmann::json(stamp(hall, *t)) : nlohmann::json(nullptr);
}

std::string date_text(std::chrono::local_days date) {
    return rfc3339(WallTime{date.time_since_epoch()}, std::chrono::seconds{0}).substr(0, 10);
}

std::string print_json(const HallConfig& hall, const std::vector<PreviewDay>& days) {
    nlohmann::json list = nlohmann::json::array();
    for (const PreviewDay& day : days) {
        nlohmann::json lit = nlohmann::json::array();
        for (const Span& span : day.lit)
            lit.push_back({stamp(hall, span.from), stamp(hall, span.to)});
        list.push_back({{"date", date_text(day.date)},
                        {"working_day", day.working_day},
                        {"holiday", day.holiday.empty() ? nlohmann::json(nullptr)
                                                        : nlohmann::json(day.holiday)},
                        {"opens", stamp(hall, day.opens)},
                        {"closes", stamp(hall, day.closes)},
                        {"sunrise", stamp(hall, day.sun.rises())},
                        {"sunset", stamp(hall, day.sun.sets())},
                        {"lit", std::move(lit)}});
    }
    return dump(list, 2) + "\n";
}

/// `17:30`, `24:00` for the day's end, dashes for none.
std::string clock(const HallConfig& hall, const PreviewDay& day, std::optional<WallTime> t) {
    if (!t) return "  -  ";
    if (*t == day.ends) return "24:00";
    return stamp(hall, *t).substr(11, 5);
}

std::string print_table(const SiteConfig& site, const std::vector<PreviewDay>& days) {
    const HallConfig& hall = site.hall;
    const bool zh = site.locale != "en";
    constexpr const char* kChinese[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};
    constexpr const char* kEnglish[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};
    std::string out = zh ? "日期             开门   关门   日出   日落   灯箱点亮\n"
                         : "date             opens  closes rises  sets   lit\n";
    for (const PreviewDay& day : days) {
        const unsigned weekday = std::chrono::weekday{day.date}.iso_encoding() - 1;
        out += date_text(day.date) + " " + (zh ? kChinese : kEnglish)[weekday] + "  ";
        for (const auto& t : {day.opens, day.closes, day.sun.rises(), day.sun.sets()})
            out += clock(hall, day, t) + "  ";
        std::string lit;
        for (const Span& span : day.lit) {
            lit += (lit.empty() ? "" : ", ") + clock(hall, day, span.from) + "-" +
                   clock(hall, day, span.to);
        }
        out += lit.empty() ? "-" : lit;
        if (!day.holiday.empty()) {
            out += "  " + day.holiday;
            if (day.working_day) out += zh ? "（调休上班）" : " (make-up working day)";
        }
        out += "\n";
    }
    return out;
}

SiteConfig load(const std::string& file) {
    LoadedSite loaded = load_site(file, default_templates(file));
    if (loaded.site) return std::move(*loaded.site);
    std::string all = "the configuration does not hold:";
    for (const ConfigFault& fault : loaded.faults) {
        if (!fault.warning) all += "\n" + to_string(fault);
    }
    throw UsageError(all);
}

int preview_command(const Options& options) {
    const auto from = config::full_date(options.from);
    if (!from || from->year() < std::chrono::year{2000} || from->year() > std::chrono::year{2099})
        throw UsageError("--from " + options.from +
                         " is no date; write YYYY-MM-DD, from 2000 to 2099");
    const SiteConfig site = load(options.config);
    const auto days = preview(site.hall, std::chrono::local_days{*from}, options.days);
    for (const PreviewDay& day : days) {
        if (day.calendar_known) continue;
        std::cerr << "hallctl: warning: no calendar for " << date_text(day.date).substr(0, 4)
                  << "; its holidays are not known (R20)\n";
        break;
    }
    if (options.svg.empty()) {
        std::cout << (options.json ? print_json(site.hall, days) : print_table(site, days));
        return kFine;
    }
    std::ofstream out(options.svg, std::ios::binary | std::ios::trunc);
    out << year_svg(site, days);
    out.close();
    if (!out) throw UsageError("cannot write " + options.svg);
    return kFine;
}

}  // namespace

void add_schedule(CLI::App& app, Context& context) {
    CLI::App* schedule =
        app.add_subcommand("schedule", "what lightbox, hours and calendar will do");
    schedule->require_subcommand(1);
    schedule->fallthrough();
    auto options = std::make_shared<Options>();
    CLI::App* command = schedule->add_subcommand(
        "preview", "days ahead as a table, as JSON, or as a picture of a year");
    command->fallthrough();
    command->add_option("--config", options->config,
                        "configuration file (default: " + options->config + ")");
    command->add_option("--from", options->from, "first day, YYYY-MM-DD")->required();
    command->add_option("--days", options->days, "how many days, 1 to 1100")
        ->required()
        ->check(CLI::Range(1, kMostDays));
    CLI::Option* svg = command->add_option("--svg", options->svg, "writes a picture to this file");
    command->add_flag("--json", options->json, "a list of days as JSON")->excludes(svg);
    command->callback(
        [options, &context] { context.chosen = [options] { return preview_command(*options); }; });
}

}  // namespace hall::ctl
