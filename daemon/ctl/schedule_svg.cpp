#include "daemon/ctl/schedule_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hall::ctl {

namespace {

using std::chrono::days;
using std::chrono::duration;
using std::chrono::local_days;
using Hours = duration<double, std::ratio<3600>>;

// The page, in user units: a sheet of paper in landscape.
constexpr double kWidth = 1684, kHeight = 1190;
constexpr double kLeft = 92, kRight = 92, kTop = 216, kBottom = 190;
constexpr double kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = kHeight - kTop - kBottom;
constexpr double kStrip = 16;  ///< the row of working days and days off, above the hours
constexpr const char* kNight = "#1d2b4a";
constexpr const char* kDaylight = "#dfeaf2";
constexpr const char* kLit = "#ffb224";
constexpr const char* kOpen = "#5fa58f";
constexpr const char* kRise = "#e2574c";
constexpr const char* kSet = "#8e5bb5";
constexpr const char* kWeekend = "#c9c3b5";
constexpr const char* kHoliday = "#d8433b";
constexpr const char* kMakeup = "#2f7fb8";
constexpr const char* kInk = "#2b2a27";
constexpr const char* kFaint = "#8a867c";

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string text_at(double x, double y, const std::string& anchor, double size, const char* colour,
                    const std::string& text, const char* more = "") {
    return fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{}\" "
        "fill=\"{}\"{}>{}</text>\n",
        x, y, anchor, size, colour, more, escaped(text));
}

class Picture {
  public:
    Picture(const SiteConfig& site, const std::vector<PreviewDay>& list)
        : site_(site),
          days_(list),
          zh_(site.locale != "en"),
          step_(kPlotWidth / static_cast<double>(list.size())) {}

    std::string draw() {
        out_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
            "height=\"{1}\" font-family=\"'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC',"
            "'Microsoft YaHei','PingFang SC','Noto Sans',sans-serif\">\n<title>{2}</title>\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#fcfaf5\"/>\n",
            kWidth, kHeight, escaped(title()));
        heading();
        hours_of_light();
        strip();
        grid();
        curves();
        legend();
        return out_ + "</svg>\n";
    }

  private:
    [[nodiscard]] const char* word(const char* chinese, const char* english) const {
        return zh_ ? chinese : english;
    }
    [[nodiscard]] double x(std::size_t day) const {
        return kLeft + static_cast<double>(day) * step_;
    }
    static double y(double hour) { return kTop + hour / 24 * kPlotHeight; }
    /// What the local clock shows, counted from that date's midnight: beyond 24 on the next date.
    [[nodiscard]] double hour(const PreviewDay& day, WallTime t) const {
        if (t == day.ends) return 24;
        return Hours{site_.hall.zone.to_local(t) - LocalTime{day.date}}.count();
    }
    [[nodiscard]] static std::chrono::year_month_day date(const PreviewDay& day) {
        return std::chrono::year_month_day{day.date};
    }

    [[nodiscard]] std::string title() const {
        const auto first = date(days_.front()), last = date(days_.back());
        const auto year = static_cast<int>(first.year());
        std::string when = fmt::format("{}", year);
        if (zh_) when += "年";
        const bool whole = first.month() == std::chrono::January &&
                           first.day() == std::chrono::day{1} &&
                           last.month() == std::chrono::December &&
                           last.day() == std::chrono::day{31} && first.year() == last.year();
        if (!whole) {
            when = fmt::format("{}-{:02}-{:02} – {}-{:02}-{:02}", year, unsigned{first.month()},
                               unsigned{first.day()}, static_cast<int>(last.year()),
                               unsigned{last.month()}, unsigned{last.day()});
        }
        return site_.hall.name + "  " + when;
    }

    void heading() {
        out_ += text_at(kLeft, 66, "start", 34, kInk, title(), " font-weight=\"700\"");
        Millis lit{0};
        int working = 0, off = 0;
        for (const PreviewDay& day : days_) {
            for (const Span& span : day.lit) lit += span.to - span.from;
            (day.working_day ? working : off) += 1;
        }
        const double hours = Hours{lit}.count();
        const std::string text =
            zh_ ? fmt::format("夜间灯箱与营业时间 · 点亮 {:.0f} 小时 · 工作日 {} 天 · 休息日 {} 天",
                              hours, working, off)
                : fmt::format(
                      "Night lightbox and opening hours · lit for {:.0f} h · {} working days "
                      "· {} days off",
                      hours, working, off);
        out_ += text_at(kLeft, 98, "start", 18, kFaint, text);
        const GeoPosition& at = site_.hall.where;
        out_ += text_at(
            kWidth - kRight, 66, "end", 15, kFaint,
            fmt::format("{:.2f}°{} {:.2f}°{}", std::abs(at.latitude), at.latitude < 0 ? "S" : "N",
                        std::abs(at.longitude), at.longitude < 0 ? "W" : "E"));
        out_ += text_at(kWidth - kRight, 90, "end", 15, kFaint, site_.timezone);
    }

    /// One rectangle of a day's column.
    void column(std::string& path, std::size_t day, double from, double to) const {
        if (from >= 24 && day + 1 < days_.size()) return column(path, day + 1, from - 24, to - 24);
        if (to > 24 && day + 1 < days_.size()) column(path, day + 1, 0, to - 24);
        if (from < 0 && day > 0) column(path, day - 1, from + 24, 24);
        from = std::clamp(from, 0.0, 24.0);
        to = std::clamp(to, 0.0, 24.0);
        if (from >= to) return;
        path += fmt::format("M{:.2f} {:.2f}h{:.2f}v{:.2f}h-{:.2f}z", x(day), y(from), step_,
                            y(to) - y(from), step_);
    }
    void fill(const std::string& path, const char* colour, const char* more = "") {
        out_ += fmt::format("<path d=\"{}\" fill=\"{}\"{}/>\n", path, colour, more);
    }

    void hours_of_light() {
        out_ += fmt::format(
            "<g shape-rendering=\"crispEdges\">\n<rect x=\"{}\" y=\"{}\" width=\"{}\" "
            "height=\"{}\" "
            "fill=\"{}\"/>\n",
            kLeft, kTop, kPlotWidth, kPlotHeight, kNight);
        std::string light, lit, open;
        for (std::size_t i = 0; i < days_.size(); ++i) {
            const PreviewDay& day = days_[i];
            if (!std::holds_alternative<AlwaysDark>(day.sun.sky))
                column(light, i, hour(day, day.sun.rise_or_nearest()),
                       hour(day, day.sun.set_or_nearest()));
            for (const Span& span : day.lit)
                column(lit, i, hour(day, span.from), hour(day, span.to));
            if (day.opens) column(open, i, hour(day, *day.opens), hour(day, *day.closes));
        }
        fill(light, kDaylight);
        fill(open, kOpen, " fill-opacity=\"0.82\"");
        fill(lit, kLit);
        out_ += "</g>\n";
    }

    [[nodiscard]] const char* colour_of(const PreviewDay& day) const {
        if (!day.holiday.empty()) return day.working_day ? kMakeup : kHoliday;
        return day.working_day ? nullptr : kWeekend;
    }

    /// Days off, and the names of holidays above them.
    void strip() {
        const double top = kTop - kStrip - 6;
        out_ += "<g shape-rendering=\"crispEdges\">\n";
        for (std::size_t i = 0; i < days_.size(); ++i) {
            if (const char* colour = colour_of(days_[i])) {
                out_ += fmt::format(
                    "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\"/>\n",
                    x(i), top, step_, kStrip, colour);
            }
        }
        out_ += "</g>\n";
        double taken[2] = {0, 0};  // where the names of two rows end
        for (std::size_t i = 0; i < days_.size();) {
            const std::string& name = days_[i].holiday;
            std::size_t end = i + 1;
            while (end < days_.size() && days_[end].holiday == name &&
                   days_[end].working_day == days_[i].working_day)
                ++end;
            if (!name.empty() && !days_[i].working_day) {
                const double middle = (x(i) + x(end)) / 2, half = width_of(name) / 2;
                const std::size_t row = middle - half >= taken[0] ? 0 : 1;
                taken[row] = middle + half + 6;
                out_ += text_at(middle, top - 8 - 18 * static_cast<double>(row), "middle", 14,
                                kHoliday, name);
            }
            i = end;
        }
    }
    /// About what a text takes at size 14: wide characters are square.
    static double width_of(const std::string& text) {
        double width = 0;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x80) width += 8;
            if (byte >= 0xC0) width += 14;
        }
        return width;
    }

    void grid() {
        for (int hour = 0; hour <= 24; ++hour) {
            const bool labelled = hour % 3 == 0;
            if (hour > 0 && hour < 24) {
                out_ += fmt::format(
                    "<path d=\"M{} {:.1f}h{}\" stroke=\"#fff\" stroke-opacity=\"{}\"/>\n", kLeft,
                    y(hour), kPlotWidth, labelled ? 0.35 : 0.12);
            }
            if (!labelled) continue;
            const std::string text = fmt::format("{:02}:00", hour);
            out_ += text_at(kLeft - 12, y(hour) + 5, "end", 15, kFaint, text);
            out_ += text_at(kWidth - kRight + 12, y(hour) + 5, "start", 15, kFaint, text);
        }
        constexpr const char* kEnglish[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
        for (std::size_t i = 0; i < days_.size();) {
            const auto first = date(days_[i]);
            std::size_t end = i;
            while (end < days_.size() && date(days_[end]).month() == first.month() &&
                   date(days_[end]).year() == first.year())
                ++end;
            if (i > 0) {
                out_ += fmt::format(
                    "<path d=\"M{:.1f} {}V{}\" stroke=\"#fff\" stroke-opacity=\"0.55\"/>\n", x(i),
                    kTop, y(24) + 8);
            }
            const unsigned month{first.month()};
            std::string name = zh_ ? fmt::format("{}月", month) : kEnglish[month - 1];
            if (!zh_ && step_ * static_cast<double>(end - i) < 90) name.resize(3);
            if (step_ * static_cast<double>(end - i) > 36)
                out_ += text_at((x(i) + x(end)) / 2, y(24) + 28, "middle", 18, kInk, name);
            i = end;
        }
    }

    /// The curve of one of the sun's moments; broken where there is none, stepped where the clock
    /// was changed.
    template <class Moment>
    void curve(const char* colour, Moment moment) {
        std::string path;
        bool drawn = false;
        double before = 0;
        for (std::size_t i = 0; i < days_.size(); ++i) {
            const auto t = moment(days_[i].sun);
            if (!t) {
                drawn = false;
                continue;
            }
            const double now = std::fmod(hour(days_[i], *t) + 24, 24);
            constexpr double kStep = 0.4, kWrap = 12;
            const double jump = std::abs(now - before);
            const double middle = x(i) + step_ / 2;
            if (!drawn || jump > kWrap) {
                path += fmt::format("M{:.2f} {:.2f}", middle, y(now));
            } else if (jump > kStep) {
                path += fmt::format("H{:.2f}V{:.2f}H{:.2f}", x(i), y(now), middle);
            } else {
                path += fmt::format("L{:.2f} {:.2f}", middle, y(now));
            }
            drawn = true;
            before = now;
        }
        out_ += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2.5\" "
            "stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n",
            path, colour);
    }
    void curves() {
        curve(kRise, [](const SunDay& sun) { return sun.rises(); });
        curve(kSet, [](const SunDay& sun) { return sun.sets(); });
    }

    void legend() {
        struct Entry {
            const char *colour, *text;
            bool line;
        };
        const Entry entries[] = {
            {kLit, word("灯箱点亮", "Lightbox lit"), false},
            {kOpen, word("营业时间", "Hall open"), false},
            {kDaylight, word("白天", "Daylight"), false},
            {kNight, word("黑夜", "Night"), false},
            {kRise, word("日出", "Sunrise"), true},
            {kSet, word("日落", "Sunset"), true},
            {kWeekend, word("休息日", "Day off"), false},
            {kHoliday, word("节假日", "Holiday"), false},
            {kMakeup, word("调休上班", "Make-up working day"), false},
        };
        double at = kLeft;
        const double row = y(24) + 86;
        for (const Entry& entry : entries) {
            if (entry.line) {
                out_ += fmt::format(
                    "<path d=\"M{:.1f} {:.1f}h26\" stroke=\"{}\" stroke-width=\"3\" "
                    "stroke-linecap=\"round\"/>\n",
                    at, row - 6, entry.colour);
            } else {
                out_ += fmt::format(
                    "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"26\" height=\"16\" rx=\"3\" "
                    "fill=\"{}\"/>\n",
                    at, row - 14, entry.colour);
            }
            out_ += text_at(at + 34, row, "start", 16, kInk, entry.text);
            at += 34 + width_of(entry.text) * 16 / 14 + 30;
        }
        out_ += text_at(kLeft, row + 40, "start", 14, kFaint, policy());
        out_ += text_at(kWidth - kRight, row + 40, "end", 14, kFaint,
                        word("时刻为当地钟面时间", "Hours as the local clock shows them"));
    }
    [[nodiscard]] const char* policy() const {
        switch (site_.hall.lightbox.policy) {
            case LightboxPolicy::schedule:
                return word("灯箱按时间表点亮。", "The lightbox follows the schedule.");
            case LightboxPolicy::after_closing:
                return word(
                    "关厅后灯箱点亮，假定按时开厅和关厅。",
                    "The lightbox is lit while the hall is closed; openings and closings are "
                    "taken to be on time.");
            case LightboxPolicy::both:
                break;
        }
        return word(
            "时间表为夜间且（工作日）已关厅时灯箱点亮，假定按时开厅和关厅。",
            "The lightbox is lit when the schedule says night and, on working days, the hall "
            "is closed; closings are taken to be on time.");
    }

    const SiteConfig& site_;
    const std::vector<PreviewDay>& days_;
    bool zh_;
    double step_;
    std::string out_;
};

}  // namespace

std::string year_svg(const SiteConfig& site, const std::vector<PreviewDay>& days) {
    return Picture(site, days).draw();
}

}  // namespace hall::ctl
