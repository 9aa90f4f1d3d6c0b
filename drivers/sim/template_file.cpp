#include "drivers/sim/template_file.hpp"

#include <toml++/toml.h>
#include <cmath>
#include <stdexcept>
#include <string>

namespace hall::sim {

namespace {

Table table_of(const toml::table& entry) {
    const auto word = entry["table"].value_or(std::string{});
    if (word == "discrete") return Table::discrete;
    if (word == "input") return Table::input;
    if (word == "holding") return Table::holding;
    return Table::coil;
}

Encoding encoding_of(const toml::table& entry) {
    const auto word = entry["encoding"].value_or(std::string{});
    if (word == "float32") return Encoding::float32;
    if (word == "u32_low_first") return Encoding::u32_low_first;
    if (word == "u32_high_first") return Encoding::u32_high_first;
    return Encoding::u16;
}

std::uint16_t address_of(const toml::table& entry) {
    return static_cast<std::uint16_t>(entry["address"].value_or(std::int64_t{0}));
}

SpanSpec span_of(const toml::table& entry) {
    SpanSpec span;
    span.name = entry["name"].value_or(std::string{});
    span.table = table_of(entry);
    span.address = address_of(entry);
    span.count = static_cast<std::uint16_t>(entry["count"].value_or(std::int64_t{1}));
    span.first = static_cast<int>(entry["first"].value_or(std::int64_t{1}));
    if (const auto* flash = entry["flash_on"].as_table()) {
        const double step = (*flash)["step"].value_or(0.1);
        span.flash = {address_of(*flash), Instant{std::lround(step * 1000)}};
    }
    if (const auto* quirks = entry["quirks"].as_array()) {
        for (const auto& quirk : *quirks) {
            if (quirk.value_or(std::string{}) == "eight_coils") span.eight_coils = true;
        }
    }
    return span;
}

ValueSpec value_of(const toml::table& entry) {
    ValueSpec value;
    value.name = entry["name"].value_or(std::string{});
    value.table = table_of(entry);
    value.address = address_of(entry);
    value.encoding = encoding_of(entry);
    value.scale = entry["scale"].value_or(1.0);
    value.unit = entry["unit"].value_or(std::string{});
    return value;
}

}  // namespace

BoardSpec read_template(const std::filesystem::path& file) {
    BoardSpec spec;
    try {
        const toml::table document = toml::parse_file(file.string());
        if (const auto* ranges = document["range"].as_array()) {
            for (const auto& range : *ranges) {
                if (range.is_table()) spec.spans.push_back(span_of(*range.as_table()));
            }
        }
        if (const auto* values = document["value"].as_array()) {
            for (const auto& value : *values) {
                if (value.is_table()) spec.values.push_back(value_of(*value.as_table()));
            }
        }
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(file.string() + ": " + std::string(error.description()));
    }
    return spec;
}

}  // namespace hall::sim
