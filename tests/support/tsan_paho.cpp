// What ThreadSanitizer cannot see: Paho is not built with it, so the reference counts that order
// the end of its tokens and messages look like races. Named by function: a race of our own in a
// callback is still reported. The lock order is that of set_callback() before the client's first
// thread.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:mqtt::async_client::remove_token\n"
           "race:mqtt::delivery_token::~delivery_token\n"
           "race:std::_Sp_counted_base<*>::_M_release_last_use\n"
           "deadlock:libpaho-mqtt3as.so\n";
}
