/* The cases of the protocol as arguments of the operators, and their answers as JSON. */
#ifndef CASE_H
#define CASE_H

#include "cnn.h"
#include "json.h"

/* Read a case; NULL, or one sentence on an argument that cannot be meant. */
const char *read_case(const struct json *question, struct arguments *given);
void free_case(struct arguments *given);

void print_tensor(const char *before, const struct tensor *t, const char *after);

#endif
