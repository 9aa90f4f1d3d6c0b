#pragma once
// A card reader that is a USB keyboard, through libevdev. It is grabbed, so that a card never types
// into the browser or anywhere else. Lives on the loop's thread.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace hall::drivers {

struct ReaderSettings {
    std::string path;                            ///< /dev/input/by-id/...-event-kbd
    std::chrono::milliseconds retry_first{500};  ///< back-off while it is not there
    std::chrono::milliseconds retry_most{10'000};
};

class CardReader {
  public:
    /// @param card called with each card's number, which nobody may keep or write down
    /// @param state called when the reader is ours, and with the reason when it is not
    CardReader(boost::asio::io_context& io, ReaderSettings settings,
               std::function<void(const std::string& number)> card,
               std::function<void(bool up, const std::string& why)> state);
    ~CardReader();
    CardReader(const CardReader&) = delete;
    CardReader& operator=(const CardReader&) = delete;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace hall::drivers
