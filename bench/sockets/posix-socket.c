/*
 * The socket benchmark's programs on the C library's blocking calls: `server`, or `client PORT`.
 * ../sockets.ts describes the lines they read and write.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE = 16, CHUNK = 65536 };

static char sent[CHUNK], received[CHUNK];

static void fail(const char *call) {
  perror(call);
  exit(1);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t taken = send(fd, data, length, 0);
    if (taken < 0) fail("send");
    data += taken;
    length -= (size_t)taken;
  }
}

static size_t receive(int fd, char *buffer, size_t length) {
  ssize_t count = recv(fd, buffer, length, 0);
  if (count < 0) fail("recv");
  return (size_t)count;
}

static int accept_one(int listening) {
  int fd = accept(listening, NULL, NULL);
  if (fd < 0) fail("accept");
  return fd;
}

static void serve(int listening, const char *task, long long amount) {
  size_t count;
  if (strcmp(task, "connect") == 0) {
    for (long long i = 0; i < amount; i++) close(accept_one(listening));
    return;
  }
  int fd = accept_one(listening);
  int echo = strcmp(task, "send") != 0;
  while ((count = receive(fd, received, CHUNK)) > 0)
    if (echo) send_all(fd, received, count);
  close(fd);
}

static void server(void) {
  char task[16];
  long long amount;
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int listening = socket(AF_INET, SOCK_STREAM, 0);
  if (listening < 0) fail("socket");
  if (bind(listening, (struct sockaddr *)&address, size) < 0) fail("bind");
  if (listen(listening, 128) < 0) fail("listen");
  if (getsockname(listening, (struct sockaddr *)&address, &size) < 0) fail("getsockname");
  printf("%d\n", ntohs(address.sin_port));
  while (scanf("%15s %lld", task, &amount) == 2) {
    puts("ready");
    serve(listening, task, amount);
  }
}

static int connected(int port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  return fd;
}

struct transfer {
  int fd;
  long long amount;
};

static void *send_amount(void *argument) {
  struct transfer *transfer = argument;
  for (long long left = transfer->amount; left > 0; left -= CHUNK)
    send_all(transfer->fd, sent, left < CHUNK ? (size_t)left : CHUNK);
  if (shutdown(transfer->fd, SHUT_WR) < 0) fail("shutdown");
  return NULL;
}

static void run(int port, const char *task, long long amount) {
  if (strcmp(task, "connect") == 0) {
    for (long long i = 0; i < amount; i++) {
      int fd = connected(port);
      receive(fd, received, 1);
      close(fd);
    }
    return;
  }
  int fd = connected(port);
  if (strcmp(task, "roundtrip") == 0) {
    for (long long i = 0; i < amount; i++) {
      send_all(fd, sent, MESSAGE);
      for (size_t got = 0, count; got < MESSAGE; got += count)
        if ((count = receive(fd, received, MESSAGE - got)) == 0) fail("end of file");
    }
  } else {
    struct transfer transfer = {fd, amount};
    pthread_t sender;
    long long got = 0;
    size_t count;
    if ((errno = pthread_create(&sender, NULL, send_amount, &transfer)) != 0) fail("pthread_create");
    while ((count = receive(fd, received, CHUNK)) > 0) got += (long long)count;
    pthread_join(sender, NULL);
    if (got != (strcmp(task, "echo") == 0 ? amount : 0)) fail("octets lost");
  }
  close(fd);
}

static void client(int port) {
  char task[16];
  long long amount;
  struct timespec start, end;
  while (scanf("%15s %lld", task, &amount) == 2) {
    clock_gettime(CLOCK_MONOTONIC, &start);
    run(port, task, amount);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.9f\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  }
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count == 2 && strcmp(arguments[1], "server") == 0) {
    server();
  } else if (count == 3 && strcmp(arguments[1], "client") == 0) {
    client(atoi(arguments[2]));
  } else {
    fputs("usage: posix-socket server | posix-socket client PORT\n", stderr);
    return 2;
  }
  return 0;
}
