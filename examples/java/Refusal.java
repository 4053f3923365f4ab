/** Arguments that the specification rules out; the message says which and why. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
        super(message);
    }

    static void unless(boolean legal, String message) {
        if (!legal) {
            throw new Refusal(message);
        }
    }
}
