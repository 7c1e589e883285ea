// docs/size_classes.md, written from the table that the allocator uses.

#ifndef ACRE_TOOLS_REFERENCE_APP_SIZE_CLASS_TABLE_H_
#define ACRE_TOOLS_REFERENCE_APP_SIZE_CLASS_TABLE_H_

#include <string>

namespace acre {

std::string SizeClassTable();

}  // namespace acre

#endif  // ACRE_TOOLS_REFERENCE_APP_SIZE_CLASS_TABLE_H_
