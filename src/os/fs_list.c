#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "path.h"
#include "sys.h"

static int
compare_entries(const void *a, const void *b)
{
	const struct fs_entry *x = a;
	const struct fs_entry *y = b;

	return strcmp(x->name, y->name);
}

static void
take_name(void *payload, const char *name, enum fs_kind kind)
{
	struct fs_list *list = payload;

	if (!path_is_name(name))
		return;
	list->entries = xgrow(list->entries, list->n, sizeof(*list->entries));
	list->entries[list->n++] = (struct fs_entry){
		.name = arena_strdup(&list->arena, name),
		.kind = kind,
	};
}

/* Asks for the kinds that the listing did not say; what is gone goes. */
MUST_USE static struct error *
find_kinds(int dir_fd, struct fs_list *list)
{
	struct fs_stat st = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct fs_entry *e = &list->entries[i];

		if (e->kind == FS_ABSENT) {
			struct error *err = fs_stat(dir_fd, e->name, &st);
			if (err != NULL)
				return err;
			e->kind = st.kind;
		}
		if (e->kind != FS_ABSENT)
			list->entries[kept++] = *e;
	}
	list->n = kept;
	return NULL;
}

struct error *
fs_list_new(int new_fd, const char *shown, struct fs_list *out)
{
	AUTO_FS_LIST struct fs_list list = { 0 };

	if (sys_list(new_fd, take_name, &list) == -1)
		return error_errno("read the directory", shown);
	struct error *err = find_kinds(new_fd, &list);
	if (err != NULL)
		return err;
	if (list.n > 1)
		qsort(list.entries, list.n, sizeof(*list.entries),
		    compare_entries);
	*out = list;
	list = (struct fs_list){ 0 };
	return NULL;
}

struct error *
fs_list(int dir_fd, const char *shown, struct fs_list *out)
{
	/* Opened anew: a duplicate would share its position with dir_fd. */
	AUTO_CLOSE int fd =
	    openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return error_errno("open", shown);
	return fs_list_new(fd, shown, out);
}

void
fs_list_release(struct fs_list *list)
{
	arena_release(&list->arena);
	free(list->entries);
	*list = (struct fs_list){ 0 };
}
