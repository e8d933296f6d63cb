"""Integers only: the start below n with the longest Collatz chain, and its length."""



def longest_chain(n: int) -> tuple[int, int]:
    best = 1
    best_length = 1
    for start in range(1, n):
        value = start
        length = 1
        while value != 1:
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            length += 1
        if length > best_length:
            best = start
            best_length = length
    return best, best_length
