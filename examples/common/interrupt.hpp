// Signals that end a run in good order.
#pragma once
#include <signal.h>
#include <unistd.h>

/// While it lives, SIGINT, SIGTERM and SIGUSR1 only ask for an end; the second of the same kind ends the process at once. A closed pipe
/// and a file size limit become errors of the call that meets them. The handlers found are put back in the end.
class interrupt_guard {
public:
    interrupt_guard() {
        struct sigaction ask {};
        ask.sa_handler = [](int number) {
            if (asked() == number) ::_exit(exit_code());
            asked() = number;
        };
        ask.sa_flags = SA_RESTART;
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        for (int k = 0; k < count; ++k) ::sigaction(numbers[k], k < 3 ? &ask : &ignore, &before_[k]);
    }
    ~interrupt_guard() {
        for (int k = 0; k < count; ++k) ::sigaction(numbers[k], &before_[k], nullptr);
    }
    interrupt_guard(const interrupt_guard&) = delete;
    interrupt_guard& operator=(const interrupt_guard&) = delete;

    /// The signal that asked for an end, or 0.
    static volatile sig_atomic_t& asked() {
        static volatile sig_atomic_t number = 0;
        return number;
    }
    /// What the process should then return: 75 invites a batch system to start it again.
    static int exit_code() { return asked() == SIGUSR1 ? 75 : 128 + static_cast<int>(asked()); }

private:
    static constexpr int count = 5;
    static constexpr int numbers[count] = {SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGXFSZ};
    struct sigaction before_[count] {};
};
