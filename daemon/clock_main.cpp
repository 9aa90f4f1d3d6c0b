// halld-clock FILE: waits until the kernel says that its clock is synchronised, then leaves FILE
// and ends. halld itself runs without the right to touch the clock, and so may not ask the kernel.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include "daemon/shell/clock.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: halld-clock FILE\n", stderr);
        return 2;
    }
    // A time daemon that slews tells nobody, so there is nothing to wait for but time.
    while (!hall::kernel_synchronised()) std::this_thread::sleep_for(std::chrono::seconds{1});
    std::ofstream file(argv[1]);
    file.close();
    if (file) return 0;
    std::perror(argv[1]);
    return 1;
}
