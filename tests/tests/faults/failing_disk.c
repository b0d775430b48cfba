/*
 * A disk that fails on command, for the programs of these tests: loaded before the C library (LD_PRELOAD), it stands in
 * for the calls that put bytes on a disk. It concerns files below FAILING_DISK_FOLDER only, and only while the file
 * FAILING_DISK_ORDER holds one of these words:
 *
 *   flush   fsync and fdatasync fail with EIO; what was written stays in the system's cache
 *   full    no file grows (ENOSPC), not even by a hole; a write over the end is cut short there, as the kernel does it
 *   dead    no write and no flush succeeds (EIO)
 *
 * It lacks memory mappings that are written (neither engine has any for its data) and systems other than 64-bit Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum order { WELL, FLUSH, FULL, DEAD };

/* The order, if it concerns this file. Leaves errno as it was. */
static enum order order_for(int fd)
{
	const char *path = getenv("FAILING_DISK_ORDER"), *folder = getenv("FAILING_DISK_FOLDER");
	char word[8] = "", link[64], file[PATH_MAX];
	enum order order = WELL;
	int before = errno, orders;

	if (path == NULL || folder == NULL)
		return WELL;
	orders = open(path, O_RDONLY | O_CLOEXEC);
	if (orders >= 0) {
		if (read(orders, word, sizeof word - 1) > 0)
			order = word[0] == 'd' ? DEAD : strncmp(word, "fl", 2) == 0 ? FLUSH : strncmp(word, "fu", 2) == 0 ? FULL : WELL;
		close(orders);
	}
	if (order != WELL) {
		ssize_t length;

		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		length = readlink(link, file, sizeof file - 1);
		if (length < 0 || (size_t)length < strlen(folder) || strncmp(file, folder, strlen(folder)) != 0)
			order = WELL;
	}
	errno = before;
	return order;
}

static ssize_t fails(int with)
{
	errno = with;
	return -1;
}

/* How many of `count` bytes at `offset` may be written; 0 if none, and then errno says why. */
static size_t room(int fd, off_t offset, size_t count)
{
	struct stat status;

	switch (order_for(fd)) {
	case DEAD:
		errno = EIO;
		return 0;
	case FULL:
		if (fstat(fd, &status) != 0)
			return 0;
		if (offset >= status.st_size) {
			errno = ENOSPC;
			return 0;
		}
		return count < (size_t)(status.st_size - offset) ? count : (size_t)(status.st_size - offset);
	default:
		return count;
	}
}

static off_t place(int fd)
{
	struct stat status;

	if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &status) == 0)
		return status.st_size;
	return lseek(fd, 0, SEEK_CUR);
}

static size_t sum(const struct iovec *parts, int count)
{
	size_t total = 0;

	for (int i = 0; i < count; i++)
		total += parts[i].iov_len;
	return total;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
	size_t taken = count;

	if (count > 0 && order_for(fd) != WELL && (taken = room(fd, place(fd), count)) == 0)
		return -1;
	return syscall(SYS_write, fd, bytes, taken);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset)
{
	size_t taken = count;

	if (count > 0 && (taken = room(fd, offset, count)) == 0)
		return -1;
	return syscall(SYS_pwrite64, fd, bytes, taken, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
	return pwrite64(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	size_t total = sum(parts, count);

	if (total > 0 && order_for(fd) != WELL && room(fd, place(fd), total) < total)
		return fails(order_for(fd) == DEAD ? EIO : ENOSPC);
	return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset)
{
	size_t total = sum(parts, count);

	if (total > 0 && room(fd, offset, total) < total)
		return fails(order_for(fd) == DEAD ? EIO : ENOSPC);
	return syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	return pwritev64(fd, parts, count, offset);
}

static int cannot_flush(int fd)
{
	enum order order = order_for(fd);

	return order == FLUSH || order == DEAD;
}

int fsync(int fd)
{
	return cannot_flush(fd) ? (int)fails(EIO) : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return cannot_flush(fd) ? (int)fails(EIO) : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t length)
{
	enum order order = order_for(fd);
	struct stat status;

	if (order == DEAD)
		return (int)fails(EIO);
	if (order == FULL && fstat(fd, &status) == 0 && length > status.st_size)
		return (int)fails(ENOSPC);
	return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length)
{
	return ftruncate64(fd, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length)
{
	if (order_for(fd) == DEAD)
		return (int)fails(EIO);
	if (order_for(fd) == FULL)
		return (int)fails(ENOSPC);
	return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
	return fallocate64(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length)
{
	return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t length)
{
	return posix_fallocate64(fd, offset, length);
}
