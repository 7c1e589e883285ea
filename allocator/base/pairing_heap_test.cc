#include "allocator/base/pairing_heap.h"

#include <cstddef>
#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace acre::allocator {
namespace {

struct Item {
  int key = 0;
  HeapLinks<Item> links;
};

struct ItemTraits {
  static HeapLinks<Item>& Links(Item* item) { return item->links; }
  static bool Less(const Item* a, const Item* b) { return a->key < b->key; }
};

struct KeyOrder {
  bool operator()(const Item* a, const Item* b) const {
    return a->key < b->key;
  }
};

using Heap = PairingHeap<Item, ItemTraits>;
using Model = std::set<Item*, KeyOrder>;

std::vector<Item> Items(int n) {
  std::vector<Item> items(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) items[static_cast<size_t>(i)].key = i;
  return items;
}

std::set<Item*> Visited(const Heap& heap) {
  std::set<Item*> visited;
  heap.ForEach([&](Item* item) {
    EXPECT_TRUE(visited.insert(item).second) << "met twice: " << item->key;
    return true;
  });
  return visited;
}

TEST(PairingHeapTest, AnEmptyHeapHasNoLeast) {
  Heap heap;
  EXPECT_TRUE(heap.empty());
  EXPECT_EQ(heap.Least(), nullptr);
  heap.Verify();
}

TEST(PairingHeapTest, LeastIsTheSmallestInWhateverOrderItemsCome) {
  for (bool ascending : {true, false}) {
    std::vector<Item> items = Items(100);
    Heap heap;
    for (int i = 0; i < 100; ++i) {
      heap.Insert(&items[static_cast<size_t>(ascending ? i : 99 - i)]);
      EXPECT_EQ(heap.Least()->key, ascending ? 0 : 99 - i);
    }
    for (int key = 0; key < 100; ++key) {
      ASSERT_EQ(heap.Least()->key, key);
      heap.Remove(heap.Least());
      heap.Verify();
    }
    EXPECT_TRUE(heap.empty());
  }
}

TEST(PairingHeapTest, RemovedItemsKeepNoLinks) {
  std::vector<Item> items = Items(20);
  Heap heap;
  for (Item& item : items) heap.Insert(&item);
  heap.Remove(heap.Least());  // Leaves a tree, so that links are many.
  for (size_t i : {7, 3, 19, 1, 12}) {
    heap.Remove(&items[i]);
    EXPECT_EQ(items[i].links.child, nullptr);
    EXPECT_EQ(items[i].links.next, nullptr);
    EXPECT_EQ(items[i].links.prev, nullptr);
    heap.Verify();
  }
  EXPECT_EQ(Visited(heap).size(), 14u);
}

TEST(PairingHeapTest, AHeapCanBeTakenUpAgainFromItsRoot) {
  std::vector<Item> items = Items(10);
  Heap heap;
  for (Item& item : items) heap.Insert(&item);
  Heap again(heap.Least());
  again.Remove(&items[0]);
  EXPECT_EQ(again.Least(), &items[1]);
  EXPECT_EQ(Visited(again).size(), 9u);
}

TEST(PairingHeapTest, ForEachStopsWhenTold) {
  std::vector<Item> items = Items(10);
  Heap heap;
  for (Item& item : items) heap.Insert(&item);
  int visits = 0;
  heap.ForEach([&](Item*) { return ++visits < 4; });
  EXPECT_EQ(visits, 4);
}

// One random insertion or removal, of the least or of any.
void RandomStep(std::mt19937* random, std::vector<Item>* items, Heap* heap,
                Model* model) {
  Item* item = &(*items)[(*random)() % items->size()];
  if (model->count(item) == 0) {
    heap->Insert(item);
    model->insert(item);
    return;
  }
  if ((*random)() % 2 == 0) item = heap->Least();
  heap->Remove(item);
  model->erase(item);
}

TEST(PairingHeapTest, RandomOperationsAgreeWithAnOrderedSet) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::vector<Item> items = Items(200);
    Heap heap;
    Model model;
    for (int step = 0; step < 1000; ++step) {
      RandomStep(&random, &items, &heap, &model);
      ASSERT_EQ(heap.Least(), model.empty() ? nullptr : *model.begin());
      if (step % 50 != 0) continue;
      heap.Verify();
      const std::set<Item*> visited = Visited(heap);
      ASSERT_EQ(visited, std::set<Item*>(model.begin(), model.end()));
    }
  }
}

TEST(PairingHeapDeathTest, VerifyFindsAChangedOrder) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  std::vector<Item> items = Items(5);
  Heap heap;
  for (Item& item : items) heap.Insert(&item);
  items[3].key = -1;
  EXPECT_DEATH(heap.Verify(), "check failed");
}

}  // namespace
}  // namespace acre::allocator
