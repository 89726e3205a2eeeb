docker run --user app:app --group-add audio --network container:db --volumes-from data nginx
