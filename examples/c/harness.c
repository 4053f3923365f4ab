/* Answers refcnn's questions about the operators in cnn.c: one JSON object a line, on
 * standard output, which is for nothing else. In this directory:
 *
 *     gcc -O2 -o cnn harness.c case.c cnn.c json.c windows.c -lm && refcnn check --exec ./cnn
 */
#define _POSIX_C_SOURCE 200809L /* for getline */
#include "case.h"

#include <stdio.h>

static const char STATEMENT[] =
    "{\"name\": \"cnn.c\", \"dtypes\": [\"float32\", \"float64\"], \"operators\": [\"conv2d\", "
    "\"max_pool2d\", \"avg_pool2d\", \"global_avg_pool2d\", \"flatten\", \"dense\", \"relu\", "
    "\"softmax\"], \"layout\": \"NHWC\", \"kernel_layout\": \"HWIO\", "
    "\"implementation\": {\"language\": \"C\", \"version\": \"" __VERSION__ "\"}}";
static const char *const NAMES[] = {"conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d",
    "flatten", "dense", "relu", "softmax"};
static cnn_operator *const OPERATORS[] = {
    conv2d, max_pool2d, avg_pool2d, global_avg_pool2d, flatten, dense, relu, softmax};

static void run(const struct json *question)
{
    struct arguments given;
    struct tensor y = {.data = NULL};
    const char *why = read_case(question, &given);
    int k = 0;
    while (k < 8 && !json_is(json_member(question, "operator"), NAMES[k]))
        k++;
    if (k == 8)
        printf("\"missing\": \"there is no such operator\"}\n");
    else if (why || (why = OPERATORS[k](&given, &y)))
        printf("\"refusal\": {\"kind\": \"ValueError\", \"message\": \"%s\"}}\n", why);
    else
        print_tensor("\"tensor\": ", &y, "}\n");
    free(y.data);
    free_case(&given);
}

static int answer(const struct json *message) /* 0 once there is nothing more to answer */
{
    const struct json *seq = json_member(message, "seq"), *what = json_member(message, "command");
    if (seq == NULL || json_is(what, "stop"))
        return 0;
    printf("{\"seq\": %.0f, ", seq->number);
    if (json_is(what, "start"))
        printf("\"statement\": %s}\n", STATEMENT);
    else
        run(json_member(message, "case"));
    return fflush(stdout) == 0;
}

int main(void)
{
    char *line = NULL;
    struct json *message = NULL;
    size_t room = 0;
    for (int more = 1; more && getline(&line, &room, stdin) > 0; json_free(message))
        more = answer(message = json_read(line));
    free(line);
}
