// The headers from C++, with a model kept by a smart pointer.
#include <cstdio>
#include <memory>
#include <vector>

#include "collatz.h"
#include "foo.h"

struct Destroy {
    void operator()(foo_instance *model) const { foo_destroy(model); }
    void operator()(DLManagedTensorVersioned *result) const { result->deleter(result); }
};

int main() {
    foo_instance *made = nullptr;
    if (foo_create(nullptr, &made) != AOTJIT_OK) return 1;
    std::unique_ptr<foo_instance, Destroy> model(made);
    std::vector<float> numbers{1, 2, 3};
    std::vector<int64_t> shape{3};
    DLTensor x{numbers.data(), {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape.data(), nullptr, 0};
    DLManagedTensorVersioned *out = nullptr;
    if (foo_foo(model.get(), &x, &x, &out) != AOTJIT_OK) {
        std::fprintf(stderr, "%s\n", foo_last_error(model.get()));
        return 1;
    }
    std::unique_ptr<DLManagedTensorVersioned, Destroy> result(out);
    const float *data = static_cast<const float *>(result->dl_tensor.data);
    std::printf("%g %g %g\n", double(data[0]), double(data[1]), double(data[2]));
    return 0;
}
