/* Prints the report of the library that it is linked with. */
#include <stdio.h>

const char *forty_report(void);

int main(void) {
    puts(forty_report());
    return 0;
}
