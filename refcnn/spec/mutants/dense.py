from refcnn.spec.mutants.mutant import Mutant
MUTANTS: list[Mutant] = []
