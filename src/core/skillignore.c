#include "skillignore.h"

#include "fs.h"
#include "path.h"

MUST_USE static struct error *
read_one(int dir_fd, const char *base, const char *name, struct ignore *ignore)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *shown = path_join(base, name);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(dir_fd, name, &st);

	if (err != NULL || st.kind == FS_ABSENT)
		return err;
	if (base[0] != '\0' && st.kind == FS_LINK)
		return error_new(ERR_REFUSED,
		    "is a link: the rules of a repository must be a file");
	err = fs_read_file(dir_fd, name, IGNORE_MAX_BYTES, &text);
	if (err == NULL)
		ignore_add_text(ignore, shown, base, strbuf_str(&text),
		    text.len);
	return err;
}

struct error *
skillignore_read(int dir_fd, const char *base, struct ignore *ignore,
    const char **file_out)
{
	static const char *const names[] = { SKILLIGNORE_NAME,
		SKILLIGNORE_NAME ".local" };
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < ARRAY_LEN(names); i++) {
		err = read_one(dir_fd, base, names[i], ignore);
		if (err != NULL)
			*file_out = names[i];
	}
	return err;
}
