#include "drivers/survey.hpp"

#include <array>
#include <utility>

#include "drivers/modbus/link.hpp"

namespace hall::drivers {

namespace modbus {
namespace {

using Clock = std::chrono::steady_clock;

class ModbusSurvey final : public Survey {
  public:
    explicit ModbusSurvey(BusConfig config) : link_(config), config_(std::move(config)) {}

    bool open(std::string& why) override { return link_.is_open() || link_.open(why); }

    UnitAnswer ask(const Point& point) override {
        UnitAnswer answer;
        if (!open(answer.why)) return answer;
        // The quirk of such boards: they answer eight coils whatever was asked.
        bool eights = false;
        for (const std::uint8_t unit : config_.eight_coil_units)
            eights = eights || unit == point.unit;
        Request request{point.unit, read_function(point.table), point.address, width(point)};
        if (eights && point.table == Table::coil) {
            request.address = static_cast<std::uint16_t>(point.address / 8 * 8);
            request.value = 8;
        }
        const auto begun = Clock::now();
        const Exchange exchange = link_.exchange(request, config_.timeout);
        answer.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun);
        answer.why = exchange.why;
        const bool gateway_alone =
            exchange.reply == Reply::exception &&
            (exchange.exception == kNoPath || exchange.exception == kNoAnswerBehindGateway);
        answer.refused = exchange.reply == Reply::exception && !gateway_alone;
        answer.answers = exchange.reply == Reply::answer || answer.refused;
        return answer;
    }

  private:
    Link link_;
    BusConfig config_;
};

}  // namespace
}  // namespace modbus

std::unique_ptr<Survey> survey_modbus(BusConfig config) {
    return std::make_unique<modbus::ModbusSurvey>(std::move(config));
}

Point generic_question(std::uint8_t unit, int kind) {
    constexpr std::array<Table, kGenericQuestions> kTables{Table::coil, Table::input,
                                                           Table::holding};
    Point point;
    point.unit = unit;
    point.table = kTables.at(static_cast<std::size_t>(kind));
    point.encoding = modbus::is_bit(point.table) ? Encoding::bit : Encoding::u16;
    return point;
}

}  // namespace hall::drivers
