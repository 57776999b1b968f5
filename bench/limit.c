/* The limit: what is said is written to every socket by a bare loop of `send`. It speaks just enough of RFC 6455 for a
 * client that masks with zeros and sends a frame at a time. Linux. Prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 70000, READ = 65536 };
static const char ACCEPTED[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
static unsigned char in[READ], out[READ];
static char is_open[MOST];
static int sockets[MOST], count;

static void spread(long got) {
  long size = in[1] & 0x7f, head = 6, start = 2;
  if (size == 126) size = in[2] << 8 | in[3], head = 8, start = 4;
  if (got < head + size) return;
  memcpy(out, in, start);
  out[1] &= 0x7f;
  memcpy(out + start, in + head, size);
  for (int i = 0; i < count; i++) send(sockets[i], out, start + size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int main(void) {
  struct rlimit files;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  struct epoll_event event = {.events = EPOLLIN}, events[256];
  int yes = 1, listening = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (bind(listening, (struct sockaddr *)&address, length) || listen(listening, 4096)) return 1;
  getsockname(listening, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  event.data.fd = listening;
  epoll_ctl(poll, EPOLL_CTL_ADD, listening, &event);
  for (;;) {
    int ready = epoll_wait(poll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int one = events[i].data.fd;
      if (one == listening) {
        event.data.fd = accept(listening, 0, 0);
        if (event.data.fd < 0 || event.data.fd >= MOST) return 1;
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      long got = recv(one, in, READ, MSG_DONTWAIT);
      if (got <= 0) {
        epoll_ctl(poll, EPOLL_CTL_DEL, one, 0); /* all go at once, at the end */
      } else if (is_open[one]) {
        spread(got);
      } else {
        is_open[one] = 1;
        sockets[count++] = one;
        send(one, ACCEPTED, sizeof ACCEPTED - 1, MSG_NOSIGNAL);
      }
    }
  }
}
