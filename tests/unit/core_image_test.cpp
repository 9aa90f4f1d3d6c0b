// A hall that is made from another one's image goes on as that one would, whatever was under way.
#include "daemon/core/image.hpp"

#include <cmath>
#include <limits>

#include "tests/support/core_random.hpp"

namespace hall::test {
namespace {

List evening(std::uint64_t seed, bool through_image) {
    Dice dice(seed);
    Evening e(hasty_hall(), november(24, 17, 34));
    e.through_image = through_image;
    for (int step = 0; step < 200; ++step) {
        happen(e, dice);
        if (dice.one_in(3)) e.pass(dice.below(6) * 1000ms + dice.below(1000) * 1ms);
        if (dice.one_in(90)) e.restart(dice.below(50) * 1000ms, Boot::same);
    }
    return e.transcript();
}

TEST(Image, RandomEveningsGoOnExactlyFromTheirImages) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ASSERT_EQ(evening(seed, true), evening(seed, false));
    }
}

TEST(Image, EveryByteOfItCounts) {
    Evening e;
    e.confirm("1001");
    e.ask(LightboxOverridden{0, "panel", true, OverrideUntil::permanent, 0ms});
    const std::string whole = e.image();
    ASSERT_TRUE(Hall::from_image(e.config, whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        ASSERT_FALSE(Hall::from_image(e.config, whole.substr(0, size))) << size;
    ASSERT_FALSE(Hall::from_image(e.config, whole + "0 "));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = '\n';
        ASSERT_FALSE(Hall::from_image(e.config, changed)) << at;
    }
}

TEST(Image, BelongsToItsConfiguration) {
    Evening e;
    HallConfig other = e.config;
    other.circuits.pop_back();
    EXPECT_FALSE(Hall::from_image(other, e.image()));
    other = e.config;
    other.windows.pop_back();
    EXPECT_FALSE(Hall::from_image(other, e.image()));
    other = e.config;
    other.contacts.push_back(other.contacts.back());
    EXPECT_FALSE(Hall::from_image(other, e.image()));
}

TEST(Image, AConfigurationComesBackWhole) {
    HallConfig hall = hasty_hall();
    hall.name = "大厅 \"1\" %20\n";
    hall.zone = Zone(-3600s, {{november(1, 0, 0), 8h}, {november(2, 0, 0), 9h}});
    hall.circuits[0].off_watts = 0.1;
    const std::string text = config_image(hall);
    const auto back = config_from_image(text, hall.digest);
    ASSERT_TRUE(back);
    EXPECT_EQ(config_image(*back), text);
    EXPECT_EQ(back->name, hall.name);
    EXPECT_EQ(back->zone.offset_at(november(1, 12, 0)), 8h);
    EXPECT_EQ(back->circuits[0].off_watts, 0.1);
    EXPECT_EQ(back->digest, hall.digest);
    EXPECT_FALSE(config_from_image(text.substr(0, text.size() - 2), hall.digest));
    EXPECT_FALSE(config_from_image("", hall.digest));
}

TEST(Image, NumbersAndTextsAreExact) {
    const std::vector<double> doubles{0.0,
                                      -0.0,
                                      0.1,
                                      -1e300,
                                      std::numeric_limits<double>::denorm_min(),
                                      std::numeric_limits<double>::infinity()};
    const std::vector<std::int64_t> numbers{0, -1, 1, INT64_MIN, INT64_MAX};
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    ImageWriter out;
    for (double d : doubles) image::put(out, d);
    for (std::int64_t n : numbers) image::put(out, n);
    image::put(out, all);
    const std::string text = out.take();
    ImageReader in(text);
    for (const double d : doubles) {
        double v = 1;
        image::put(in, v);
        EXPECT_EQ(v, d);
        EXPECT_EQ(std::signbit(v), std::signbit(d));
    }
    for (const std::int64_t n : numbers) {
        std::int64_t v = 7;
        image::put(in, v);
        EXPECT_EQ(v, n);
    }
    std::string back;
    image::put(in, back);
    EXPECT_EQ(back, all);
    EXPECT_TRUE(in.complete());
}

TEST(Image, NoNumberIsNoNumber) {
    for (const char* text :
         {"", " ", "- ", "12", "1x ", "9223372036854775808 ", "99999999999999999999 ", "+1 "}) {
        ImageReader in(text);
        in.number();
        EXPECT_FALSE(in.complete()) << text;
    }
    for (const char* text : {"%4 ", "%4g ", "%4a ", "% ", "\" ", "x"}) {
        ImageReader in(text);
        in.text();
        EXPECT_FALSE(in.complete()) << text;
    }
}

TEST(Image, ALengthThatCannotBeIsNotBelieved) {
    ImageReader in("9000000000000000000 1 ");
    std::vector<std::uint64_t> list;
    image::put(in, list);
    EXPECT_TRUE(list.empty());
    EXPECT_FALSE(in.complete());
}

}  // namespace
}  // namespace hall::test
