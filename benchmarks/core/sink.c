/* The sink of sink.py in C: `sink PORT`, the same answers, the same count at the end.

   One thread, epoll. What came in one read is answered by one write. Nothing is kept
   but the number of messages and the sum of the CRC-32 of their recipients. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT (1 << 18)
#define OUTPUT (1 << 14)
#define GREETING "220 sink.example.org ESMTP\r\n"
#define EHLO "250-sink.example.org\r\n250-PIPELINING\r\n250-SIZE 0\r\n" \
             "250-8BITMIME\r\n250 CHUNKING\r\n"
#define OK "250 2.0.0 Ok\r\n"

struct peer {
    int fd, in_data, fresh, last, over;
    size_t used, written, skip; /* skip: octets of a chunk that are still to come */
    int in_chunk;
    uint64_t recipients;
    char input[INPUT], output[OUTPUT];
};

static volatile sig_atomic_t ended;
static uint64_t messages, recipients;
static uint32_t table[256];

static void end(int signal_number) { (void)signal_number; ended = 1; }

static uint32_t crc32(const char *octets, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++)
        crc = table[(crc ^ (unsigned char)octets[i]) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        table[i] = crc;
    }
}

static void flush(struct peer *peer) {
    size_t done = 0;
    while (done < peer->written) {
        ssize_t sent = send(peer->fd, peer->output + done, peer->written - done, MSG_NOSIGNAL);
        if (sent <= 0) { peer->over = 1; break; }
        done += (size_t)sent;
    }
    peer->written = 0;
}

static void answer(struct peer *peer, const char *text) {
    size_t length = strlen(text);
    if (peer->written + length > OUTPUT) flush(peer);
    memcpy(peer->output + peer->written, text, length);
    peer->written += length;
}

static void take(struct peer *peer) {
    messages++;
    recipients += peer->recipients;
    peer->recipients = 0;
}

/* Each of these gives how many octets it has dealt with; 0: it needs more. */

static size_t message(struct peer *peer, const char *at, size_t left) {
    if (peer->fresh) {
        if (left < 3 && !memcmp(at, ".\r\n", left)) return 0;
        if (left >= 3 && !memcmp(at, ".\r\n", 3)) {
            take(peer); answer(peer, OK);
            peer->in_data = 0;
            return 3;
        }
        peer->fresh = 0;
    }
    const char *found = memmem(at, left, "\r\n.\r\n", 5);
    if (!found) return left > 4 ? left - 4 : 0;
    take(peer); answer(peer, OK);
    peer->in_data = 0;
    return (size_t)(found - at) + 5;
}

static size_t chunk(struct peer *peer, size_t left) {
    size_t here = left < peer->skip ? left : peer->skip;
    peer->skip -= here;
    if (peer->skip == 0) {
        if (peer->last) take(peer);
        answer(peer, OK);
        peer->in_chunk = 0;
    }
    return here;
}

static void recipient(struct peer *peer, const char *line, size_t length) {
    const char *start = memchr(line, '<', length);
    const char *stop = start ? memchr(start, '>', length - (size_t)(start - line)) : NULL;
    if (stop) peer->recipients += crc32(start + 1, (size_t)(stop - start - 1));
}

static void command(struct peer *peer, const char *line, size_t length) {
    if (!strncasecmp(line, "MAIL", 4) || !strncasecmp(line, "RSET", 4)) {
        peer->recipients = 0;
        answer(peer, OK);
    } else if (!strncasecmp(line, "RCPT", 4)) {
        recipient(peer, line, length);
        answer(peer, OK);
    } else if (!strncasecmp(line, "DATA", 4)) {
        peer->in_data = peer->fresh = 1;
        answer(peer, "354 Go\r\n");
    } else if (!strncasecmp(line, "BDAT", 4)) {
        char *rest;
        peer->skip = strtoul(line + 4, &rest, 10);
        peer->last = !strncasecmp(rest, " LAST", 5);
        peer->in_chunk = 1;
    } else if (!strncasecmp(line, "EHLO", 4)) {
        answer(peer, EHLO);
    } else if (!strncasecmp(line, "QUIT", 4)) {
        answer(peer, "221 2.0.0 Bye\r\n");
        peer->over = 1;
    } else if (!strncasecmp(line, "HELO", 4) || !strncasecmp(line, "NOOP", 4)) {
        answer(peer, OK);
    } else {
        answer(peer, "500 5.5.2 What?\r\n");
    }
}

static void fed(struct peer *peer) {
    size_t at = 0;
    for (;;) {
        size_t left = peer->used - at, done;
        if (peer->in_chunk) { /* a chunk of no octets is whole at once */
            done = chunk(peer, left);
            at += done;
            if (peer->in_chunk) break;
            continue;
        }
        if (left == 0 || peer->over) break;
        if (peer->in_data) {
            done = message(peer, peer->input + at, left);
            at += done;
            if (peer->in_data) break;
            continue;
        }
        const char *stop = memchr(peer->input + at, '\n', left);
        if (!stop) break;
        done = (size_t)(stop - (peer->input + at)) + 1;
        command(peer, peer->input + at, done);
        at += done;
    }
    peer->used -= at;
    memmove(peer->input, peer->input + at, peer->used);
}

static void welcome(int server, int poll) {
    int fd = accept(server, NULL, NULL), on = 1;
    struct peer *peer = fd < 0 ? NULL : calloc(1, sizeof *peer);
    if (!peer) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peer->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    answer(peer, GREETING);
    flush(peer);
}

static void hear(struct peer *peer) {
    size_t room = INPUT - peer->used;
    ssize_t got = room ? recv(peer->fd, peer->input + peer->used, room, 0) : -1;
    if (got > 0) {
        peer->used += (size_t)got;
        fed(peer);
        flush(peer);
    }
    if (got <= 0 || peer->over) {
        close(peer->fd);
        free(peer);
    }
}

int main(int count, char **words) {
    int server = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0), on = 1;
    struct sockaddr_in where = {.sin_family = AF_INET};
    struct epoll_event events[64], event = {.events = EPOLLIN, .data.ptr = NULL};
    struct sigaction action = {.sa_handler = end};
    if (count != 2) return 2;
    where.sin_port = htons((uint16_t)atoi(words[1]));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    make_table();
    sigaction(SIGTERM, &action, NULL);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&where, sizeof where) || listen(server, 200)) {
        perror("sink");
        return 1;
    }
    epoll_ctl(poll, EPOLL_CTL_ADD, server, &event);
    while (!ended) {
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.ptr) hear(events[i].data.ptr);
            else welcome(server, poll);
    }
    printf("{\"messages\": %llu, \"recipients\": %llu}\n",
           (unsigned long long)messages, (unsigned long long)recipients);
    return 0;
}
