docker run -u app:staff --group-add wheel --group-add 27 alpine
