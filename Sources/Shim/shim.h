// What the parts of the shim share.
#pragma once
#include "plan.h"

// What goes to the service, and from a process being made to the shim: 256 bytes, written at once.
struct report {
    uint32_t kind;
    uint32_t step;  // its number in the plan
    int32_t error;  // errno
    int32_t pid;
    uint64_t time;
    char detail[232];
};
enum report_kind {
    REPORT_STARTED = 1,
    REPORT_FAILED = 2,
    REPORT_NOTE = 3,   // a wish that was met as far as the kernel allows
    REPORT_READY = 4,  // all steps but the last are done; a terminal's descriptor may come with it
    REPORT_DIED = 5,   // killed while it was being made; `error` is the wait status
    REPORT_MADE = 7,   // `pid` is the process that the steps are done in
    REPORT_EXITED = 6, // an executed program ended: `step` is its code, `error` its signal
};

// One process on its way from clone to execve. Nothing here is allocated.
struct making {
    const struct plan *plan;
    int sync;             // to the shim; -1 when the shim itself does the steps
    int report;           // to the service, for a maker of sandboxes
    int target;           // pidfd of the container to enter
    int root;             // the container's root, by descriptor
    int stdio[3];         // -1: /dev/null
    bool terminal;
    int master;           // the terminal's other side, until it is handed over
    int masked_folder;    // one read-only tmpfs that covers all masked folders
    const char *detail;   // what a failing step acted on
    // Resolved by STEP_USER.
    uint32_t user, group;
    uint32_t groups[256];
    uint32_t group_count;
    char home[262];       // HOME=…
};

// A descriptor of `path` beneath `root`, links resolved as inside; negative errno.
int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve);
// The same as O_PATH; folders on the way are made, and the last part as a folder or an empty file.
int make_in_root(int root, const char *path, bool file, uint32_t mode, uint64_t resolve);
// The folder that `path` lies in, made when missing, and the last part's name.
int parent_in_root(int root, const char *path, const char **name, uint64_t resolve);
bool is_on(int fd, uint64_t magic);

int step_root(struct making *making, struct reader *arguments);
int step_filesystem(struct making *making, struct reader *arguments);
int step_bind(struct making *making, struct reader *arguments);
int step_node(struct making *making, struct reader *arguments);
int step_link(struct making *making, struct reader *arguments);
int step_mask(struct making *making, struct reader *arguments);
int step_read_only(struct making *making, struct reader *arguments);
int step_root_read_only(struct making *making, struct reader *arguments);
int step_pivot(struct making *making, struct reader *arguments);
int step_make_folder(struct making *making, struct reader *arguments);
int step_keep_namespace(struct making *making, struct reader *arguments);

int step_user(struct making *making, struct reader *arguments);
int step_identity(struct making *making, struct reader *arguments);
int step_bounding(struct making *making, struct reader *arguments);
int step_capabilities(struct making *making, struct reader *arguments);
int step_seccomp(struct making *making, struct reader *arguments);

int step_console(struct making *making, struct reader *arguments);
int step_execute(struct making *making, struct reader *arguments);

// Runs the steps from STEP_ATTACH on; returns only when one fails or, without STEP_EXECUTE, when all are done.
int run_steps(struct making *making, struct step *failed);
void reset_signals(void);
_Noreturn void become(struct making *making);

bool send_report(int socket, const struct report *report, int descriptor);
// Bytes received (0: the other side is gone), negative errno; descriptors beyond `count` are closed.
long receive(int socket, void *bytes, size_t length, int *descriptors, int count, int flags);
void set_detail(struct report *report, const char *text);
void note(struct making *making, const char *text, const char *subject);

// The log in CRI form.
void log_open(const char *path, uint64_t maximum, uint64_t files);
void log_read(int which, int fd, bool *ended);
void log_finish(void);

// The container's parent.
struct child {
    int pid;        // 0: free
    int socket;     // an executed program's client; -1 for the container's first process
};
int shim_main(int count, char **arguments);
int run_container(const struct plan *plan, int report);
// Clones a process that does the plan's steps. Answers its pid with the other end of its `sync` in `sync`.
int clone_process(struct making *making, uint64_t flags, int cgroup, int *pidfd, int *sync);
// To be called before the container is told to have started: whoever hears of it may connect at once.
void open_listener(int folder);
_Noreturn void serve(int folder, int init, int init_fd, int outputs[2], int terminal, const char *oom_file);
int write_file_at(int folder, const char *name, const char *temporary, const struct line *line);
