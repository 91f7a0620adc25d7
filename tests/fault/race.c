#include "suite.h"
void
suite_race(struct suite *s)
{
	(void)s;
}
