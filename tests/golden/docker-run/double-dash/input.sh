docker run --rm -- alpine --privileged
