// The launch plan: a flat list of steps, decided in Swift (LaunchPlan.swift writes it) and carried out here.
//
// Header: magic "BLYP", u32 version, u32 count of steps, u32 length of the whole. A step: u32 code, u32 length of its
// arguments, then the arguments: numbers are u64, texts u32 length, bytes, NUL. All little-endian, unaligned.
#pragma once
#include "system.h"

enum { PLAN_VERSION = 1, PLAN_LIMIT = 4 << 20, PLAN_STEPS = 65536 };

enum step_code {
    // Done by the shim itself before it clones the container's first process.
    STEP_FOLDER = 1,
    STEP_LOG = 2,
    STEP_CLONE = 3,
    STEP_OOM_FILE = 4,
    STEP_TERMINAL = 5,
    // Of containers of the OCI command line: also before the clone (oci.c).
    STEP_TREE = 6,
    STEP_ID_MAP = 7,
    STEP_JOIN_BEFORE = 8,
    STEP_ENTER_BEFORE = 9,
    STEP_TIME_OFFSETS = 10,
    STEP_OWN_IDS = 11,
    STEP_TASKS = 12,
    STEP_PRESERVE = 13,
    STEP_SCORE = 14,
    STEP_LAST_OF_SHIM = 15,
    // Done by the process that becomes the container's, an executed one's, or a sandbox maker's.
    STEP_ATTACH = 16,
    STEP_JOIN = 17,
    STEP_ENTER = 18,
    STEP_UNSHARE = 19,
    STEP_PRIVATE = 20,
    STEP_ROOT = 21,
    STEP_FILESYSTEM = 22,
    STEP_BIND = 23,
    STEP_NODE = 24,
    STEP_LINK = 25,
    STEP_MAKE_FOLDER = 26,
    STEP_MASK = 27,
    STEP_READ_ONLY = 28,
    STEP_ROOT_READ_ONLY = 29,
    STEP_PIVOT = 30,
    STEP_HOSTNAME = 31,
    STEP_SYSCTL = 32,
    STEP_OOM_SCORE = 33,
    STEP_LIMIT = 34,
    STEP_KEYRING = 35,
    STEP_CONSOLE = 36,
    STEP_WORKING_FOLDER = 37,
    STEP_USER = 38,
    STEP_BOUNDING = 39,
    STEP_SECCOMP = 40,
    STEP_IDENTITY = 41,
    STEP_CAPABILITIES = 42,
    STEP_NO_NEW_PRIVILEGES = 43,
    STEP_DEATH_SIGNAL = 44,
    STEP_LOOPBACK = 45,
    STEP_KEEP_NAMESPACE = 46,
    STEP_EXECUTE = 47,
    // Of containers of the OCI command line.
    STEP_ENTER_TASKS = 48,
    STEP_MAPPED = 49,
    STEP_PROPAGATION = 50,
    STEP_TREE_ROOT = 51,
    STEP_PLACE = 52,
    STEP_MOUNT = 53,
    STEP_DEVICE = 54,
    STEP_HOOK = 55,
    STEP_REACHED = 56,
    STEP_AWAIT_START = 57,
    STEP_CAPABILITY_SETS = 58,
    STEP_DOMAIN_NAME = 59,
    STEP_IO_PRIORITY = 60,
    STEP_SCHEDULER = 61,
    STEP_PERSONALITY = 62,
    STEP_UMASK = 63,
    STEP_FIND_PROGRAM = 64,
    STEP_CHANGE_ROOT = 65,
    STEP_FILTER = 66,
    STEP_CONSOLE_DEVICE = 67,
    STEP_LABEL = 68,
    STEP_OPEN_ROOT = 69,
    STEP_COPY_UP = 70,
    STEP_TREE_INSIDE = 71,
};

struct plan {
    const char *base;
    uint32_t length, steps;
};

// A place in a plan. `broken` is sticky: arguments read after a fault are zero or empty.
struct reader {
    const char *at, *end;
    bool broken;
};

struct step {
    uint32_t code, index;
    struct reader arguments;
};

// 0, or a negative errno when the header or a step's bounds do not hold.
int plan_open(struct plan *plan, const char *base, size_t length);
struct reader plan_start(const struct plan *plan);
bool plan_next(struct reader *reader, struct step *step, uint32_t *index);
uint64_t read_number(struct reader *reader);
// The text in the plan itself, NUL-terminated.
const char *read_text(struct reader *reader, size_t *length);
