// Containers of the OCI command line: what is opened before the clone, and how it comes to the container's process.
#pragma once
#include "shim.h"

// Descriptors that `belay oci` hands over beside the plan's and the reports'.
enum {
    OCI_START_FD = 5,     // where the process listens for `start`
    OCI_SPECIAL_FD = 6,   // the process to enter (pidfd), or the socket that takes the filter's notifications
    OCI_PRESERVED_FD = 7, // and those after it: the program's 3, 4, …
    OCI_HIGH_FD = 512,    // from here on the shim keeps its own, out of the way of preserved ones
};

enum { OCI_TREES = 1100, OCI_ID_MAPS = 64, OCI_TASKS = 32 };

struct oci {
    int trees[OCI_TREES], id_maps[OCI_ID_MAPS], tasks[OCI_TASKS];
    unsigned tree_count, id_map_count, task_count;
    uint64_t preserved;
    int mapped;           // tells that the user namespace's ids are mapped; -1 without one of its own
    int special;          // OCI_SPECIAL_FD, out of the way
    int host_pid;         // the process's number in the machine's process namespace
    uint32_t umask;
    struct rlimit64 files; // what it was before the shim took more
};
extern struct oci oci;

int run_oci(const struct plan *plan);
// Moves a descriptor above those that the caller preserves; it stays where it is when there is no room.
int out_of_the_way(int fd);
// Puts the descriptors that the caller preserves where the program expects them.
int place_preserved(void);
// The filter, and the capabilities that had to wait for it: what is called after this is held by both.
int close_privileges(struct making *making);

// Attributes of a detached or mounted tree: set, clear, recursive set, recursive clear, propagation, whether that is
// recursive, number of the id map plus one.
struct tree_attributes {
    uint64_t set, clear, set_all, clear_all, propagation, propagates_all, id_map, id_map_all;
};
struct tree_attributes read_tree_attributes(struct reader *arguments);
int apply_tree_attributes(int tree, const struct tree_attributes *attributes);

int step_tree(struct making *making, struct reader *arguments);
int step_enter_tasks(struct making *making, struct reader *arguments);
int step_mapped(struct making *making, struct reader *arguments);
int step_propagation(struct making *making, struct reader *arguments);
int step_open_root(struct making *making, struct reader *arguments);
int step_tree_root(struct making *making, struct reader *arguments);
int step_place(struct making *making, struct reader *arguments);
int step_mount(struct making *making, struct reader *arguments);
int step_copy_up(struct making *making, struct reader *arguments);
int step_device(struct making *making, struct reader *arguments);
int step_change_root(struct making *making, struct reader *arguments);
int step_console_device(struct making *making, struct reader *arguments);

int step_hook(struct making *making, struct reader *arguments);
int step_reached(struct making *making, struct reader *arguments);
int step_await_start(struct making *making, struct reader *arguments);
int step_find_program(struct making *making, struct reader *arguments);

int step_capability_sets(struct making *making, struct reader *arguments);
int step_filter(struct making *making, struct reader *arguments);
int step_label(struct making *making, struct reader *arguments);
int step_domain_name(struct making *making, struct reader *arguments);
int step_io_priority(struct making *making, struct reader *arguments);
int step_scheduler(struct making *making, struct reader *arguments);
int step_personality(struct making *making, struct reader *arguments);
int step_umask(struct making *making, struct reader *arguments);
