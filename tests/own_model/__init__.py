"""How the model and the layers of refcnn itself are verified; nothing else needs it."""
