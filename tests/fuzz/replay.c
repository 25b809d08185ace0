/* Instead of libFuzzer: gives each file that is named, or lies in a folder that is named, to the
 * fuzzer once. Says which it is at before, so that the last line names the one that broke it. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static int replayed;

static void replay_file(const char *path)
{
    FILE *f = fopen(path, "re");
    struct stat st;
    if (!f || fstat(fileno(f), &st) != 0) {
        perror(path);
        exit(2);
    }
    uint8_t *data = malloc((size_t)st.st_size + 1);
    HOLDS(data);
    size_t size = fread(data, 1, (size_t)st.st_size, f);
    fclose(f);
    fprintf(stderr, "%s\n", path);
    /* Where its last byte is the end of the memory, so that reading on is seen. */
    uint8_t *exact = malloc(size ? size : 1);
    HOLDS(exact);
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replayed++;
}

static void replay(const char *path)
{
    struct dirent **names = NULL;
    struct stat st;
    char inside[4096];
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        replay_file(path);
        return;
    }
    int count = scandir(path, &names, NULL, alphasort);
    if (count < 0) {
        perror(path);
        exit(2);
    }
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(inside, sizeof inside, "%s/%s", path, names[i]->d_name);
            replay_file(inside);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        replay(argv[i]);
    }
    printf("%d inputs\n", replayed);
    return 0;
}
