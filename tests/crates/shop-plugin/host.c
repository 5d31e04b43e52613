/* Loads the library that its argument names, and calls the function that it exports. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    void *plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void (*send)(void) = plugin ? (void (*)(void))dlsym(plugin, "send_from_the_plugin") : NULL;
    if (!send) {
        fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: host LIBRARY");
        return 1;
    }
    send();
    return 0;
}
