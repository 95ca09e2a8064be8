#include "plan.h"

static uint32_t word(const char *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

int plan_open(struct plan *plan, const char *base, size_t length) {
    if (length < 16 || length > PLAN_LIMIT || memcmp(base, "BLYP", 4) != 0) return -EBADMSG;
    if (word(base + 4) != PLAN_VERSION) return -EPROTO;
    if (word(base + 12) != length || word(base + 8) > PLAN_STEPS) return -EBADMSG;
    plan->base = base;
    plan->length = (uint32_t)length;
    plan->steps = word(base + 8);
    struct reader reader = plan_start(plan);
    struct step step;
    uint32_t index = 0;
    while (plan_next(&reader, &step, &index)) continue;
    return reader.broken || index != plan->steps || reader.at != reader.end ? -EBADMSG : 0;
}

struct reader plan_start(const struct plan *plan) {
    return (struct reader){plan->base + 16, plan->base + plan->length, false};
}

bool plan_next(struct reader *reader, struct step *step, uint32_t *index) {
    size_t left = (size_t)(reader->end - reader->at);
    if (left == 0) return false;
    if (left < 8 || word(reader->at + 4) > left - 8) {
        reader->broken = true;
        return false;
    }
    uint32_t length = word(reader->at + 4);
    step->code = word(reader->at);
    step->index = (*index)++;
    step->arguments = (struct reader){reader->at + 8, reader->at + 8 + length, false};
    reader->at += 8 + length;
    return true;
}

uint64_t read_number(struct reader *reader) {
    uint64_t value = 0;
    if (reader->broken || reader->end - reader->at < 8) {
        reader->broken = true;
        return 0;
    }
    memcpy(&value, reader->at, 8);
    reader->at += 8;
    return value;
}

const char *read_text(struct reader *reader, size_t *length) {
    size_t left = (size_t)(reader->end - reader->at);
    if (length) *length = 0;
    if (reader->broken || left < 5 || word(reader->at) > left - 5) goto broken;
    size_t count = word(reader->at);
    const char *text = reader->at + 4;
    if (text[count] != 0) goto broken;
    reader->at += 5 + count;
    if (length) *length = count;
    return text;
broken:
    reader->broken = true;
    return "";
}
