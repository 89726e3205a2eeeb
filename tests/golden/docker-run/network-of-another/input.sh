docker run --network container:db --pid container:db --ipc shareable alpine
