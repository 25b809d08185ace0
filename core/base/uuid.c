#include "core/base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void uuid_make(char out[37])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];

    /* Does not fail on a kernel we run on; guessable ids would be worse than none. */
    if (getentropy(bytes, sizeof bytes) != 0) {
        perror("ipsync: no random numbers");
        abort();
    }
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* RFC 4122 variant */
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[bytes[i] >> 4];
        *out++ = hex[bytes[i] & 15];
    }
    *out = '\0';
}
