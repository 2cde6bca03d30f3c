/* load PORT CONNECTIONS REQUESTS SIZE: echo requests over that many connections, one outstanding on each.
   With 0 requests: opens the connections, sends one byte on each, prints "open" and waits for end of input. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAXIMUM = 65536, BATCH = 512, PATIENCE = 30000 };

static int fail(const char *what) { perror(what); return 1; }

int main(int argc, char **argv) {
    if (argc != 5) { fprintf(stderr, "load PORT CONNECTIONS REQUESTS SIZE\n"); return 2; }
    int port = atoi(argv[1]), connections = atoi(argv[2]), size = atoi(argv[4]), one = 1;
    long requests = atol(argv[3]), done = 0;
    static char buffer[MAXIMUM];
    static int received[MAXIMUM];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int poller = epoll_create1(0);
    memset(buffer, 'x', sizeof buffer);
    for (int i = 0; i < connections; i++) {
        int sock = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(sock, (struct sockaddr *)&address, sizeof address)) return fail("connect");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = sock};
        epoll_ctl(poller, EPOLL_CTL_ADD, sock, &event);
        if (write(sock, buffer, requests ? size : 1) < 0) return fail("write");
        if (!requests && read(sock, buffer, 1) != 1) return fail("read");
    }
    if (!requests) {
        printf("open\n");
        fflush(stdout);
        while (read(0, buffer, 1) > 0) {}
        return 0;
    }
    struct epoll_event events[BATCH];
    while (done < requests) {
        int count = epoll_wait(poller, events, BATCH, PATIENCE);
        if (count <= 0) { fprintf(stderr, "the server stalls\n"); return 3; }
        for (int i = 0; i < count; i++) {
            int sock = events[i].data.fd, got = read(sock, buffer, size - received[sock]);
            if (got <= 0) return fail("read");
            received[sock] += got;
            if (received[sock] == size) {
                received[sock] = 0;
                done++;
                if (write(sock, buffer, size) != size) return fail("write");
            }
        }
    }
    return 0;
}
