// belay-shim MODE NAME: carries out the launch plan on descriptor 3 and reports on descriptor 4.
//
// `container`: starts a container and stays as its parent. `once`: does the steps itself and ends (sandboxes).
// `oci`: makes a container, or executes in one, for a caller who becomes its parent, and ends; it keeps the caller's
// standard streams. Descriptor 5, when given to the others, is a lock that says that this shim lives.
#include "oci.h"

enum { PLAN_FD = 3, REPORT_FD = 4, FIRST_FREE_FD = 6 };

static _Noreturn void fail(int step, int error, const char *detail) {
    struct report report = {.kind = REPORT_FAILED, .step = (uint32_t)step, .error = error};
    set_detail(&report, detail);
    SYS(write, REPORT_FD, &report, sizeof report);
    leave(1);
}

static int run_once(const struct plan *plan) {
    struct making making = {.plan = plan, .sync = -1, .report = REPORT_FD, .target = -1, .root = -1, .master = -1, .masked_folder = -1};
    struct step step = {0};
    int code = run_steps(&making, &step);
    if (code < 0) fail((int)step.index, -code, making.detail);
    struct report report = {.kind = REPORT_STARTED};
    SYS(write, REPORT_FD, &report, sizeof report);
    return 0;
}

int shim_main(int count, char **arguments) {
    uint64_t all = ~0ull;
    struct stat status;
    struct plan plan;
    SYS(rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
    SYS(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    SYS(prctl, PR_SET_NAME, "belay-shim", 0, 0, 0);
    if (count < 2) leave(2);
    bool is_oci = same(arguments[1], "oci");
    if (!is_oci) SYS(close_range, FIRST_FREE_FD, ~0u, 0);
    SYS(close_range, PLAN_FD, ~0u, CLOSE_RANGE_CLOEXEC);
    if (!is_oci) SYS(setsid, 0);
    SYS(umask, 0);
    SYS(chdir, "/");
    long code = SYS(newfstatat, PLAN_FD, "", &status, AT_EMPTY_PATH);
    if (code < 0) leave(2);
    long base = SYS(mmap, 0, status.st_size, 1 /* PROT_READ */, 2 /* MAP_PRIVATE */, PLAN_FD, 0);
    if (base < 0) fail(-1, (int)-base, "launch plan");
    shut(PLAN_FD);
    code = plan_open(&plan, (const char *)base, (size_t)status.st_size);
    if (code < 0) fail(-1, (int)-code, "launch plan");
    if (is_oci) return run_oci(&plan);
    return same(arguments[1], "once") ? run_once(&plan) : run_container(&plan, REPORT_FD);
}
