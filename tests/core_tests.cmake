# The core's tests; also built alone, against a broken core, by tests/mutation/run.
set(CORE_TEST_SOURCES
    support/core_text.cpp support/core_checker.cpp support/core_fixture.cpp
    support/core_random.cpp support/lightbox_reference.cpp unit/core_random_test.cpp
    unit/core_image_test.cpp unit/core_golden_test.cpp unit/core_purity_test.cpp
    unit/core_confirm_test.cpp unit/core_execute_test.cpp unit/core_proof_test.cpp
    unit/core_restart_test.cpp unit/core_day_test.cpp unit/core_windows_test.cpp
    unit/core_posts_test.cpp unit/core_attendance_test.cpp unit/core_faults_test.cpp
    unit/core_sun_test.cpp unit/core_schedule_test.cpp unit/core_lightbox_year_test.cpp
    unit/core_alarms_test.cpp unit/core_post_bounds_test.cpp
    unit/core_attendance_calendar_test.cpp unit/core_day_bounds_test.cpp
    unit/core_simulated_test.cpp unit/core_opening_test.cpp unit/core_lightbox_test.cpp)
# It walks through seven million minutes; it isn't what is tested.
set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/support/lightbox_reference.cpp
                            PROPERTIES COMPILE_OPTIONS -O2)
