// The example that the README shows; see embedding_example.cc.

#ifndef ACRE_TOOLS_REFERENCE_APP_EMBEDDING_EXAMPLE_H_
#define ACRE_TOOLS_REFERENCE_APP_EMBEDDING_EXAMPLE_H_

int RunEmbeddingExample();

#endif  // ACRE_TOOLS_REFERENCE_APP_EMBEDDING_EXAMPLE_H_
